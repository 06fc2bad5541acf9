import { expect, test } from 'vitest'

import { type Lock, packagesOf } from './lock.ts'

function locked(name: string, imports: string[], depends: string[] = []) {
  return { name, file_name: `${name}.whl`, sha256: '', imports, depends }
}

const lock: Lock = {
  packages: {
    'scikit-learn': locked('scikit-learn', ['sklearn'], ['scipy', 'joblib']),
    scipy: locked('scipy', ['scipy'], ['numpy', 'not-listed']),
    numpy: locked('numpy', ['numpy']),
    joblib: locked('joblib', ['joblib']),
  },
}

test('a module is found in its package, after all that it needs', () => {
  const names = packagesOf(['sklearn', 'numpy'], lock).map(({ name }) => name)
  expect(names).toEqual(['numpy', 'scipy', 'joblib', 'scikit-learn'])
})

test('modules that are in no package are named', () => {
  expect(() => packagesOf(['numpy', 'foo', 'bar'], lock)).toThrow(
    expect.objectContaining({
      code: 'ENOMODULE',
      message: expect.stringContaining('no Python module "foo", "bar"'),
    }),
  )
})
