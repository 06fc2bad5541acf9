import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterAll, beforeAll, expect, test } from 'vitest'

import { createModuleBundler } from './bundle-modules.ts'

const files: Readonly<Record<string, string>> = {
  'program/local/double.js': `#!/usr/bin/env node
    const { add } = require('./add')
    exports.double = (value) => add(value, value)`,
  'program/local/add.js': `exports.add = (a, b) => a + b + require("../numbers.json").nothing
    exports.back = () => require('./double').double(1)`,
  'program/numbers.json': '{ "nothing": 0 }',
  'program/node_modules/npm-thing/package.json': '{ "main": "./lib/index.cjs" }',
  'program/node_modules/npm-thing/lib/index.cjs': `module.exports = 'npm'`,
  'program/lazy.js': `exports.read = () => require('fs')
    exports.wrong = () => require('./nowhere')`,
  'program/esm.mjs': 'export const x = 1',
  'program/broken.js': 'exports.x = (',
  'beside.js': `exports.name = 'beside'`,
}

let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manyhands-modules-'))
  for (const [name, text] of Object.entries(files)) {
    await mkdir(join(folder, dirname(name)), { recursive: true })
    await writeFile(join(folder, name), text)
  }
})
afterAll(async () => rm(folder, { recursive: true, force: true }))

const bundler = (): ReturnType<typeof createModuleBundler> =>
  createModuleBundler(join(folder, 'program/main.js'))

interface Bravo {
  readonly requireMemo: Record<string, Readonly<Record<string, (...values: number[]) => unknown>>>
  readonly resolveMap: Record<string, string>
  readonly mainModuleDir: string
}

/** Evaluates a bundle as BravoJS does, and returns what it left there. */
function evaluate(source: string): Bravo {
  const bravojs = { requireMemo: {}, global: {}, requireFactory: () => undefined }
  const module = { declare: () => undefined }
  // oxlint-disable-next-line typescript/no-implied-eval
  new Function('bravojs', 'module', source)(bravojs, module)
  return bravojs as unknown as Bravo
}

test('bundles a module with all it needs, and names it as the work function does', () => {
  const { bundle, published } = bundler()(['./local/double', './local/add.js'])
  expect(published).toEqual([])
  const { requireMemo, mainModuleDir } = evaluate(bundle?.source ?? '')
  expect(mainModuleDir).toBe('/localhost/program')
  expect(requireMemo['/localhost/program/local/double']?.['double']?.(2)).toBe(4)
  const add = requireMemo['/localhost/program/local/add.js']
  expect(add?.['back']?.()).toBe(2)
  expect(requireMemo['/localhost/program/local/add']).toBe(add)
})

test('is named by its digest, and the same again is the same', () => {
  const { bundle } = bundler()(['./local/double'])
  const digest = createHash('md5')
    .update(bundle?.source ?? '')
    .digest('hex')
  expect(bundle?.name).toBe(`dcp-pkg-v1-localhost-${digest}`)
  expect(bundler()(['./local/double']).bundle).toEqual(bundle)
})

test('finds npm packages and files beside the program, and leaves the rest to be published', () => {
  const { bundle, published } = bundler()(['npm-thing', '../beside', 'lists/sums'])
  expect(published).toEqual(['lists/sums'])
  const { requireMemo, resolveMap } = evaluate(bundle?.source ?? '')
  expect(resolveMap['npm-thing']).toBe('/localhost/search/npm-thing')
  expect(requireMemo['/localhost/search/npm-thing']).toBe('npm')
  expect(requireMemo['/localhost/beside']).toEqual({ name: 'beside' })
  expect(bundler()(['lists/sums'])).toEqual({ bundle: undefined, published: ['lists/sums'] })
})

test('does not tell where the program is', () => {
  const { bundle } = bundler()(['./local/double', '../beside', 'npm-thing'])
  expect(bundle?.source).not.toContain(folder)
})

test('says what is missing when it is asked for, not before', () => {
  const { bundle } = bundler()(['./lazy'])
  const lazy = evaluate(bundle?.source ?? '').requireMemo['/localhost/program/lazy']
  expect(() => lazy?.['read']?.()).toThrow('fs')
  expect(() => lazy?.['wrong']?.()).toThrow('./nowhere')
})

test.each([
  ['./nowhere', 'there is no module ./nowhere'],
  ['./esm.mjs', 'esm.mjs is no CommonJS module'],
  ['./broken', 'broken.js is no CommonJS module'],
])('refuses %s', (id, message) => {
  expect(() => bundler()([id])).toThrow(message)
})
