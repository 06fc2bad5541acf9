import { DcpError } from '@manyhands/protocol'
import type { ModuleLoader } from '@manyhands/sandbox'
import { expect, test } from 'vitest'

import { createModuleLoader } from './modules.ts'

const base = 'http://here/files'
const forEver = new AbortController().signal

interface Asked {
  readonly modules: string[][]
  readonly read: string[]
}

function loaderOf(
  reply: unknown,
  texts: Readonly<Record<string, string>> = {},
): [ModuleLoader, Asked] {
  const asked: Asked = { modules: [], read: [] }
  const load = createModuleLoader({
    request(operation, data) {
      expect(operation).toBe('packageManager.fetchModuleURL')
      asked.modules.push((data as { modules: string[] }).modules)
      return Promise.resolve(reply)
    },
    fetchText(location) {
      asked.read.push(location.href)
      const text = texts[location.href]
      if (text !== undefined) return Promise.resolve(text)
      return Promise.reject(new DcpError('ENOENT', `${location.href} answers with status 404`))
    },
    allows: ({ origin }) => origin === 'http://here',
  })
  return [load, asked]
}

const url = (name: string): string => `${base}/${name}.js`

test('reads modules from where the package server says they are, each once', async () => {
  const reply = { p: { a: url('a'), 'deep/b.js': url('b') }, q: { a: url('c') } }
  const [load, asked] = loaderOf(reply, { [url('a')]: 'A', [url('b')]: 'B', [url('c')]: 'C' })
  const ids = ['p/a', 'p/deep/b.js', 'q/a']
  const expected = new Map([
    ['p/a', 'A'],
    ['p/deep/b.js', 'B'],
    ['q/a', 'C'],
  ])
  const both = await Promise.all([load(ids, forEver), load(ids, forEver)])
  expect(both).toEqual([expected, expected])
  expect(await load(ids, forEver)).toEqual(expected)
  expect(asked.read).toEqual([url('a'), url('b'), url('c')])
})

test.each([
  ['says that there is none', { code: 'ENOENT', message: 'no module p/a' }, 'no module p/a'],
  ['says nothing', null, 'p/a'],
  ['names another', { p: { b: url('a') } }, 'p/a'],
  ['names no place', { p: { a: 7 } }, 'p/a'],
  ['names what is not there', { p: { a: url('gone') } }, '404'],
])('ENOMODULE when the package server %s', async (_what, reply, word) => {
  const [load] = loaderOf(reply)
  await expect(load(['p/a'], forEver)).rejects.toMatchObject({
    code: 'ENOMODULE',
    message: expect.stringContaining(word),
  })
})

test('names of packages do not reach into objects', async () => {
  const [load] = loaderOf({})
  await expect(load(['constructor/name'], forEver)).rejects.toMatchObject({ code: 'ENOMODULE' })
})

test('reads from no other place than those allowed', async () => {
  const [load, asked] = loaderOf({ p: { a: 'http://169.254.169.254/secret' } })
  await expect(load(['p/a'], forEver)).rejects.toMatchObject({ code: 'EPERM_ORIGIN' })
  expect(asked.read).toEqual([])
})

test('waits for a module no longer than asked', async () => {
  const hanging = createModuleLoader({
    request: () => Promise.resolve({ p: { a: url('a') } }),
    fetchText: () => new Promise(() => undefined),
    allows: () => true,
  })
  const late = new AbortController()
  const loading = hanging(['p/a'], late.signal)
  late.abort(new DcpError('ENOMODULE', 'too late'))
  await expect(loading).rejects.toThrow('too late')
})
