/** Client programs of mixed origin: our client and the official ones, by the same program. */
import { cpSync, mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

import { nodeFlags } from '@manyhands/service'

import { environmentOf } from '../../interop/program-environment.ts'
import { type Part, startPart } from '../chaos/part.ts'
import { installFolder } from '../../scripts/install-folder.ts'
import type { PlannedJob } from './plan.ts'

const program = new URL('client-program.cjs', import.meta.url)
const interop = new URL('../../interop/', import.meta.url)
const compat = fileURLToPath(new URL('../../packages/client/compat/', import.meta.url))

interface Origin {
  readonly name: string
  /** Where its package is installed; ours needs none. */
  readonly folder?: URL
}

const origins: readonly Origin[] = [
  { name: 'manyhands' },
  { name: 'dcp-client 5.6.1', folder: interop },
  { name: 'dcp-client 4.4.29', folder: new URL('client-4.4.29/', interop) },
]

/**
 * Official clients let promises go that are rejected when a session ends while they answer an event
 * or close a connection, of which Node ends: a program that is to outlive its scheduler must be told
 * not to. What counts is whether its jobs end, and right.
 */
const outlivingFlags = ['--unhandled-rejections=warn']

export interface ClientLine {
  readonly job?: string
  readonly kind?: string
  readonly slices?: number
  readonly seconds?: number
  readonly ok?: boolean
  readonly wrong?: string
}

export interface ClientOptions {
  readonly directory: string
  /** `HOME`, with keystores in its `.dcp`. */
  readonly home: string
  readonly scheduler: string
  readonly jobs: readonly PlannedJob[]
}

/** The n-th client. The program is copied to where `dcp-client` is the package it is to use. */
export function startClient(n: number, options: ClientOptions): Part {
  const { name, folder } = origins[n % origins.length] ?? { name: 'manyhands' }
  const label = `client ${n + 1} (${name})`
  const env = environmentOf({ home: options.home, url: options.scheduler })
  const common = {
    name: label,
    args: [JSON.stringify({ jobs: options.jobs })],
    log: join(options.directory, `client-${n + 1}.log`),
  }
  if (folder === undefined) {
    const flags = nodeFlags(new URL('any.ts', program))
    return startPart({ ...common, entry: program, flags, env: { ...env, NODE_PATH: compat } })
  }
  const place = join(options.directory, `client-${n + 1}`)
  mkdirSync(place)
  cpSync(program, join(place, 'client-program.cjs'))
  symlinkSync(fileURLToPath(new URL('node_modules/', folder)), join(place, 'node_modules'))
  const entry = pathToFileURL(join(place, 'client-program.cjs'))
  return startPart({ ...common, entry, flags: outlivingFlags, env })
}

/** What the official clients need, installed. */
export function installClients(): void {
  for (const { folder } of origins) if (folder !== undefined) installFolder(folder)
}
