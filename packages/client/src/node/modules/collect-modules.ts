/** Finds the CommonJS files that a module needs, by the rules of Node, without running any of them. */
import { readFileSync } from 'node:fs'
import { createRequire, isBuiltin } from 'node:module'
import { extname } from 'node:path'
import { Script } from 'node:vm'

import { DcpError } from '@manyhands/protocol'

import { limits } from '../../limits.ts'

export interface CollectedModule {
  /** The body of a function of `module`, `exports` and `require`. */
  readonly text: string
  /** What it requires, by the words it uses → place in the list. What is not found is not here. */
  readonly links: Readonly<Record<string, number>>
}

export interface Collection {
  readonly modules: readonly CollectedModule[]
  /** Adds a file and what it needs; its place in the list. */
  add(file: string): number
}

/** Where a module is, as a file sees it; undefined for parts of Node and for what is not there. */
export function resolveModule(from: string, id: string): string | undefined {
  if (isBuiltin(id)) return undefined
  try {
    return createRequire(from).resolve(id)
  } catch {
    // Whoever requires it in the sandbox is told so there.
    return undefined
  }
}

export function createCollection(): Collection {
  const places = new Map<string, number>()
  const modules: CollectedModule[] = []
  let length = 0

  function add(file: string): number {
    const known = places.get(file)
    if (known !== undefined) return known
    const place = places.size
    // Known before what it needs: modules may need each other.
    places.set(file, place)
    const text = readModule(file)
    length += text.length
    if (length > limits.bundleMax) {
      const message = `requires: the modules of this job have more than ${limits.bundleMax} characters`
      throw new DcpError('EMODULETOOBIG', message, { details: { limit: limits.bundleMax } })
    }
    modules[place] = { text, links: {} }
    const links: Record<string, number> = {}
    for (const id of requiredIn(text)) {
      const needed = resolveModule(file, id)
      if (needed !== undefined) links[id] = add(needed)
    }
    modules[place] = { text, links }
    return place
  }

  return { modules, add }
}

/** Names in calls of `require`; one in a comment does no harm. */
function requiredIn(text: string): Set<string> {
  const calls = text.matchAll(/\brequire\s*\(\s*(?:'([^'\\\n]+)'|"([^"\\\n]+)")\s*\)/g)
  return new Set(Array.from(calls, ([, single, double]) => single ?? double ?? ''))
}

function readModule(file: string): string {
  const text = readFileSync(file, 'utf8')
  const extension = extname(file)
  if (extension === '.json') return `module.exports = ${text}`
  if (extension === '.node') throw notCommonJs(file, 'it is a program for this machine')
  const body = text.replace(/^\uFEFF/, '').replace(/^#!/, '//')
  try {
    // Compiled, never run: a mistake is told here rather than by every sandbox.
    new Script(`(function (module, exports, require) {${body}\n})`, { filename: file })
  } catch (error) {
    throw notCommonJs(file, error instanceof Error ? error.message : String(error))
  }
  return body
}

function notCommonJs(file: string, why: string): DcpError {
  const advice = 'bundle it into a CommonJS file first, for example with esbuild --format=cjs'
  return new DcpError('EBADARG', `requires: ${file} is no CommonJS module (${why}): ${advice}`, {
    details: { file },
  })
}
