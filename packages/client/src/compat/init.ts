/**
 * `require('dcp-client').init()`: makes the one client of a program, and the modules under which
 * programs written for the official package find it.
 */
import { DcpError, isDcpError } from '@manyhands/protocol'

import { type Compute } from '../compute/compute.ts'
import type { ComputeGroups } from '../groups/compute-groups.ts'
import { type ConnectOptions, type NodeClient, connect } from '../node/connect.ts'
import type { WalletKeystore } from '../node/wallet.ts'
import { set } from '../stats/set.ts'
import { installGlobals } from './globals.ts'
import { serveModules } from './served-modules.ts'
import { type WalletModule, walletModule } from './wallet-module.ts'

interface InitOptions {
  readonly scheduler?: string | URL | { readonly location?: string | URL }
  /** The official package nests its configuration so. */
  readonly dcpConfig?: InitOptions
}

/** Location of the scheduler, or options. */
export type InitArgument = string | URL | InitOptions

/** What `init` resolves with; the same objects as the modules `dcp/compute`, `dcp/wallet` … */
export interface DcpModules {
  readonly compute: Compute
  readonly 'compute-groups': ComputeGroups
  readonly wallet: WalletModule
  readonly 'stats-ranges': { readonly set: typeof set }
  readonly 'dcp-config': { readonly scheduler: { readonly location: URL } }
  /** Ends the connection; a program that calls `process.exit` need not. */
  close(): Promise<void>
}

function locationOf(argument: InitArgument | undefined): string | URL | undefined {
  if (argument === undefined || typeof argument === 'string' || argument instanceof URL) {
    return argument
  }
  const { scheduler, dcpConfig } = argument
  if (scheduler === undefined) return dcpConfig === undefined ? undefined : locationOf(dcpConfig)
  if (typeof scheduler === 'string' || scheduler instanceof URL) return scheduler
  return scheduler.location
}

/** The default account, if there is one: a program that needs none must not fail for it. */
async function defaultKeystore(client: NodeClient): Promise<WalletKeystore | undefined> {
  try {
    return await client.wallet.get()
  } catch (error) {
    if (isDcpError(error, 'EKEYSTORE')) return undefined
    throw error
  }
}

let initialised: Promise<DcpModules> | undefined

async function initialise(options: ConnectOptions): Promise<DcpModules> {
  const client = await connect(options)
  const named = {
    compute: client.compute,
    'compute-groups': client.computeGroups,
    wallet: walletModule(client.wallet),
    'stats-ranges': { set },
    'dcp-config': { scheduler: { location: client.scheduler } },
  }
  serveModules(
    new Map<string, unknown>([
      ...Object.entries(named).map(([name, value]) => [`dcp/${name}`, value] as const),
      ['dcp/stats', named['stats-ranges']],
      ['stats', named['stats-ranges']],
    ]),
  )
  installGlobals(client, await defaultKeystore(client))
  return { ...named, close: () => client.close() }
}

/**
 * A program has one client: another call gives the same, and throws EINVAL when it asks for another
 * scheduler.
 */
export async function init(argument?: InitArgument): Promise<DcpModules> {
  const scheduler = locationOf(argument)
  if (initialised === undefined) {
    initialised = initialise(scheduler === undefined ? {} : { scheduler })
    initialised.catch(() => {
      initialised = undefined
    })
    return initialised
  }
  const modules = await initialised
  const { location } = modules['dcp-config'].scheduler
  if (scheduler !== undefined && new URL(scheduler).origin !== location.origin) {
    throw new DcpError('EINVAL', `init was called before, for the scheduler at ${location.href}`)
  }
  return modules
}
