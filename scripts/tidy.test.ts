// The repository's rules as tests: which room may import which, what logic may not call, and that
// the documents name what the code has.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

import { describe, expect, it } from 'vitest'

import { errorKinds } from '@manyhands/protocol'

import { arrows } from './layers.ts'

const root = fileURLToPath(new URL('../', import.meta.url))
const skipped = new Set(['node_modules', 'dist', '.git', 'coverage', 'results', 'vectors'])

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    if (skipped.has(entry.name)) return []
    const path = join(folder, entry.name)
    return entry.isDirectory() ? filesBelow(path) : [path]
  })
}

const all = filesBelow(root)
const text = (path: string): string => readFileSync(path, 'utf8')
const named = (path: string): string => relative(root, path)
const rooms = readdirSync(join(root, 'packages'))
const sources = all.filter((path) => /packages\/[^/]+\/src\/.*\.ts$/.test(path))
const product = sources.filter((path) => !/\.test\.ts$|\/_[^/]+\.ts$/.test(path))
const packageOf = (room: string): Record<string, Record<string, string> | undefined> =>
  JSON.parse(text(join(root, 'packages', room, 'package.json')))

function importsOf(path: string): string[] {
  return [...text(path).matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(
    (match) => match[1] ?? '',
  )
}

describe('the layers', () => {
  it('knows every room', () => {
    expect(Object.keys(arrows).toSorted()).toEqual(rooms.toSorted())
  })

  it.each(rooms)('%s imports only what is below it', (room) => {
    const inside = product.filter((path) => named(path).startsWith(`packages/${room}/`))
    const used = inside
      .flatMap(importsOf)
      .filter((name) => name.startsWith('@manyhands/'))
      .map((name) => name.split('/')[1] ?? '')
    const wrong = [...new Set(used)].filter(
      (name) => name !== room && !arrows[room]?.includes(name),
    )
    expect(wrong).toEqual([])
  })

  it.each(rooms)('%s declares and references the rooms it imports', (room) => {
    const declared = Object.keys(packageOf(room)['dependencies'] ?? {})
      .filter((name) => name.startsWith('@manyhands/'))
      .map((name) => name.split('/')[1] ?? '')
    const config: { references?: { path: string }[] } = JSON.parse(
      text(join(root, 'packages', room, 'tsconfig.json')),
    )
    const referenced = (config.references ?? [])
      .map(({ path }) => basename(path.replace(/\/tsconfig\.node\.json$/, '')))
      .filter((name) => name !== '..' && name !== '.')
    expect([...new Set(referenced)].toSorted()).toEqual(declared.toSorted())
  })
})

describe('the sources', () => {
  it('end relative imports in .ts', () => {
    const wrong = sources.flatMap((path) =>
      importsOf(path)
        .filter((name) => name.startsWith('.') && !/\.(ts|json|css)$/.test(name))
        .map((name) => `${named(path)}: ${name}`),
    )
    expect(wrong).toEqual([])
  })

  it('take time and chance from the ports', () => {
    const allowed =
      /packages\/(protocol\/src\/ports\/system-|cli\/|evaluator\/|testnet\/|[^/]+\/src\/node\/)/
    const banned = /\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bset(?:Timeout|Interval)\(/
    const wrong = product
      .filter((path) => !allowed.test(named(path)))
      .filter((path) => banned.test(text(path).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, '')))
    expect(wrong.map(named)).toEqual([])
  })

  it('use no node module in a neutral room', () => {
    const neutral =
      /packages\/(protocol|wallet|connection|sandbox|client|worker)\/src\/(?!node\/|compat\/)/
    const wrong = product.filter(
      (path) =>
        neutral.test(named(path)) && importsOf(path).some((name) => name.startsWith('node:')),
    )
    expect(wrong.map(named)).toEqual([])
  })

  it('stay readable in one sitting', () => {
    const long = product.filter((path) => text(path).split('\n').length > 500)
    expect(long.map(named)).toEqual([])
  })

  it('promise nothing for later', () => {
    const wrong = sources.filter((path) =>
      /\b(?:FIXME|XXX)\b|\bTODO\b(?!\(#\d+\))/.test(text(path)),
    )
    expect(wrong.map(named)).toEqual([])
  })
})

describe('the documents', () => {
  it('explain every error code', () => {
    const page = text(join(root, 'docs/reference/errors.md'))
    const missing = Object.keys(errorKinds).filter((code) => !page.includes(`\`${code}\``))
    expect(missing).toEqual([])
  })

  it('name every script', () => {
    const scripts = Object.keys(JSON.parse(text(join(root, 'package.json'))).scripts)
    const page = text(join(root, 'CONTRIBUTING.md'))
    const shown = (name: string): boolean =>
      page.includes(`npm run ${name}`) || page.includes(`npm ${name}`)
    expect(scripts.filter((name) => !shown(name))).toEqual([])
  })

  it.each(rooms)('introduce %s in at most 100 lines', (room) => {
    expect(text(join(root, 'packages', room, 'README.md')).split('\n').length).toBeLessThan(101)
  })

  it('link to files that exist', () => {
    const pages = all.filter((path) => path.endsWith('.md'))
    const broken = pages.flatMap((page) =>
      [...text(page).matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
        .map((match) => join(page, '..', match[1] ?? ''))
        .filter((target) => statSync(target, { throwIfNoEntry: false }) === undefined)
        .map((target) => `${named(page)} → ${named(target)}`),
    )
    expect(broken).toEqual([])
  })
})

describe('the lock file', () => {
  it('has every optional package, so that npm ci works on every platform', () => {
    const lock: Record<string, { optionalDependencies?: Record<string, string> }> = JSON.parse(
      text(join(root, 'package-lock.json')),
    ).packages
    const gaps = Object.entries(lock).flatMap(([path, entry]) =>
      Object.keys(entry.optionalDependencies ?? {}).filter(
        (name) =>
          lock[`node_modules/${name}`] === undefined &&
          lock[`${path}/node_modules/${name}`] === undefined,
      ),
    )
    expect(gaps).toEqual([])
  })
})
