import { expect, test } from 'vitest'

import { addRequired } from './requires.ts'

test('notes modules, and where files of packages are known by their plain names', () => {
  const job = { dependencies: [] as string[], requirePath: ['q'] }
  addRequired(job, './lib')
  addRequired(job, ['p/a', 'p/b', 'q/c', '@scope/d/e', 'plain'])
  expect(job).toEqual({
    dependencies: ['./lib', 'p/a', 'p/b', 'q/c', '@scope/d/e', 'plain'],
    requirePath: ['q', 'p', '@scope/d'],
  })
})

test.each([[undefined], [''], [[]], [['a', '']], [7], [['a', 7]]])('refuses %j', (modules) => {
  const job = { dependencies: [], requirePath: [] }
  expect(() => addRequired(job, modules)).toThrow('requires')
  expect(job.dependencies).toEqual([])
})
