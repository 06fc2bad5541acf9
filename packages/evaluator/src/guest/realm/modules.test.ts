import { describe, expect, it } from 'vitest'

import { canonicalId } from './module-id.ts'
import { createModules, type Modules } from './modules.ts'

interface Scene {
  readonly modules: Modules
  readonly require: (id: string) => unknown
  readonly module: { provide(ids: string[], done?: () => void, failed?: (e: Error) => void): void }
  readonly asked: (readonly string[])[]
  readonly uncaught: unknown[]
}

/** A module system whose sources come from a table. */
function createScene(sources: Readonly<Record<string, string>>): Scene {
  const asked: (readonly string[])[] = []
  const uncaught: unknown[] = []
  const modules = createModules({
    ask: async (ids) => {
      asked.push(ids)
      return new Map(ids.flatMap((id) => (sources[id] === undefined ? [] : [[id, sources[id]]])))
    },
    // oxlint-disable-next-line typescript/no-implied-eval
    evaluate: (_id, source) => new Function('module', 'require', 'exports', source) as never,
    onUncaught: (thrown) => uncaught.push(thrown),
  })
  const { module, require } = modules.globals as unknown as Pick<Scene, 'module' | 'require'>
  return { modules, require, module, asked, uncaught }
}

describe('module ids', () => {
  it.each([
    ['pkg/file', 'other/file', 'pkg/file'],
    ['./file', 'pkg/main', 'pkg/file'],
    ['../pkg2/file', 'pkg/main', 'pkg2/file'],
    ['./a/./b/../c', 'pkg/main', 'pkg/a/c'],
    ['./file', '', 'file'],
  ])('%s named by %s is %s', (id, from, canonical) => {
    expect(canonicalId(id, from)).toBe(canonical)
  })

  it.each(['', '../../out', './../..', 'a\nb', 'x'.repeat(1_000)])('%s is refused', (id) => {
    expect(() => canonicalId(id, 'pkg/main')).toThrow(TypeError)
  })
})

describe('modules', () => {
  it('run once, when they are first required, with what they depend on loaded before', async () => {
    const { asked, modules, require } = createScene({
      'p/a': `module.declare(['./b', { lib: 'q/c' }], (require, exports, module) => {
        exports.runs = (exports.runs ?? 0) + 1
        exports.sum = require('./b') + require('lib').c
        exports.id = module.id
      })`,
      'p/b': 'module.declare([], (require, exports, module) => { module.exports = 1 })',
      'q/c': 'module.declare({ c: 2 })',
    })
    await modules.provide(['p/a'])
    expect(asked).toEqual([['p/a'], ['p/b', 'q/c']])
    expect(require('p/a')).toEqual({ runs: 1, sum: 3, id: 'p/a' })
    expect(require('p/a')).toBe(require('p/a'))
    await modules.provide(['p/a', 'p/b'])
    expect(asked.length).toBe(2)
  })

  it('are found below the paths', async () => {
    const { modules, require } = createScene({ 'p/a': 'module.declare({ a: 1 })' })
    modules.setPaths(['p'], ['q'])
    modules.add(new Map([['q/d', 'module.declare({ d: 4 })']]))
    await modules.provide(['p/a', 'd'])
    expect([require('a'), require('d')]).toEqual([{ a: 1 }, { d: 4 }])
    expect((require as unknown as { isMemoized(id: string): boolean }).isMemoized('a')).toBe(true)
  })

  it('that are missing, or fail, say so to whoever asked', async () => {
    const { module, modules, require, uncaught } = createScene({
      'p/throws': 'module.declare(() => { throw new RangeError("at first") })',
    })
    expect(() => require('p/nothing')).toThrow(expect.objectContaining({ code: 'ENOMODULE' }))
    await expect(modules.provide(['p/nothing'])).rejects.toMatchObject({ code: 'ENOMODULE' })
    await modules.provide(['p/throws'])
    expect(() => require('p/throws')).toThrow('at first')
    expect(() => require('p/throws')).toThrow('at first')
    const failure = await new Promise((resolve) => {
      module.provide(['p/nothing'], undefined, resolve)
    })
    expect(failure).toMatchObject({ code: 'ENOMODULE' })
    module.provide(['p/nothing'])
    await expect.poll(() => uncaught.length).toBe(1)
  })

  it('may be memoized by the work function itself', () => {
    const { require } = createScene({})
    const { memoize } = require as unknown as {
      memoize(id: string, dependencies: string[], factory: unknown): void
    }
    memoize('own/one', [], (_require: unknown, exports: { one: number }) => {
      exports.one = 1
    })
    expect(require('own/one')).toEqual({ one: 1 })
  })

  it('in a circle see what the other has so far', async () => {
    const { modules, require } = createScene({
      'p/a': `module.declare(['p/b'], (require, exports) => { exports.early = 1; exports.b = require('p/b') })`,
      'p/b': `module.declare(['p/a'], (require, exports) => { exports.seen = require('p/a').early })`,
    })
    await Promise.all([modules.provide(['p/b', 'p/a']), modules.provide(['p/a'])])
    expect(require('p/a')).toEqual({ early: 1, b: { seen: 1 } })
  })
})

/** What the official client makes of local modules, without what webpack makes of their text. */
const bundle = `module.declare(function () {})
;(function () {
  bravojs.paths.push('/localhost/search/node_modules/lib')
  if (!bravojs.resolveMap) bravojs.resolveMap = {}
  Object.assign(bravojs.resolveMap, {
    './local/own': '/localhost/program/local/own',
    lib: '/localhost/search/lib/index',
  })
  bravojs.globalResolveHook = (id) =>
    bravojs.resolveMap.hasOwnProperty(id) ? bravojs.resolveMap[id] : id
  bravojs.requireMemo['/localhost/program/local/own'] = { name: 'own' }
  bravojs.requireMemo['/localhost/search/lib/index'] = { name: 'lib' }
  bravojs.requireMemo['/localhost/search/node_modules/lib/part'] = { name: 'part' }
  if (bravojs.mainModule !== '/localhost/program') {
    bravojs.mainModuleDir = '/localhost/program'
    bravojs.global.require = bravojs.requireFactory(bravojs.mainModuleDir)
  }
})()`

it('bundles of local modules leave their modules where the work function requires them', async () => {
  const { modules, require: load } = createScene({
    'bundle/sideloader-v1': bundle,
    'p/a': 'module.declare({ a: 1 })',
  })
  Object.assign(globalThis, { bravojs: modules.globals['bravojs'] })
  try {
    await modules.provide(['bundle/sideloader-v1', 'p/a'])
    expect(load('./local/own')).toEqual({ name: 'own' })
    expect(load('./local/../local/own')).toEqual({ name: 'own' })
    expect(load('lib')).toEqual({ name: 'lib' })
    expect(load('part')).toEqual({ name: 'part' })
    expect(load('p/a')).toEqual({ a: 1 })
    expect(() => load('./local/other')).toThrow('/localhost/program/local/other')
    expect(() => load('other')).toThrow('other')
  } finally {
    Reflect.deleteProperty(globalThis, 'bravojs')
  }
})
