/** A client of Node programs: keystores of `~/.dcp`, socket.io, sandboxes of the evaluator. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

import { type Connection, createConnection } from '@manyhands/connection'
import { connectLocation } from '@manyhands/connection/node'
import { type Logger, type Signer, systemClock, systemRandom } from '@manyhands/protocol'
import { createEvaluatorHost } from '@manyhands/sandbox/node'
import { loadCrypto } from '@manyhands/wallet/node'

import { type Client, createClient } from '../client.ts'
import { compileExpression } from '../job/work-text.ts'
import { type KeyDeps, signerOf } from './keys.ts'
import { processWarnings } from './process-warnings.ts'
import { createModuleBundler } from './modules/bundle-modules.ts'
import { createUnlocked } from './unlocked.ts'
import { schedulerLocation } from './scheduler-location.ts'
import { type Wallet, createWallet } from './wallet.ts'

export interface ConnectOptions {
  /** Location of the scheduler; else `DCP_SCHEDULER_LOCATION`; else port 4280 of this machine. */
  readonly scheduler?: string | URL
  /** What jobs are deployed with: a signer, a keystore, its text, file or name; `id` by default. */
  readonly identity?: unknown
  /** What pays when `exec` names no account; `default` by default. */
  readonly paymentAccount?: unknown
  /** Where `.dcp` is; the person's home directory by default. */
  readonly home?: string
  /** The file from which `job.requires` looks for modules; the main program's by default. */
  readonly program?: string
  readonly env?: Readonly<Record<string, string | undefined>>
  /** Hears what happens; without one, warnings become warnings of the process. */
  readonly logger?: Logger
}

export interface NodeClient extends Client {
  readonly wallet: Wallet
  readonly scheduler: URL
}

/** Where Node looks for the modules of a program that was not read from a file. */
function mainProgram(): string {
  const file = process.argv[1]
  return file === undefined ? join(process.cwd(), 'program.cjs') : resolve(file)
}

/** Location of all the scheduler's services on one connection. */
const allServices = 'dcp/'

/**
 * Makes a client; it connects when the first job is deployed.
 * @example
 * await using client = await connect()
 * const squares = await client.compute.for(1, 10, (n) => n * n).exec()
 */
export async function connect(options: ConnectOptions = {}): Promise<NodeClient> {
  const { env = process.env, logger = processWarnings, home = homedir() } = options
  const scheduler = schedulerLocation(options.scheduler, env)
  const crypto = await loadCrypto(logger)
  const keys: KeyDeps = { crypto, logger, home, env }
  const wallet = createWallet(keys)
  const unlocked = createUnlocked(keys)
  let identity: Promise<Signer> | undefined

  /** A failed attempt (no keystore, a wrong passphrase) may be made again. */
  function identitySigner(): Promise<Signer> {
    identity ??= (async () => signerOf(options.identity ?? (await wallet.getId()), keys))()
    identity.catch(() => {
      identity = undefined
    })
    return identity
  }

  async function open(location: URL): Promise<Connection> {
    return createConnection(
      { identity: await identitySigner() },
      {
        open: connectLocation(new URL(allServices, location)),
        crypto,
        clock: systemClock,
        random: systemRandom,
        logger,
      },
    )
  }

  const client = createClient(
    { scheduler },
    {
      connect: open,
      owner: async () => (await identitySigner()).address,
      account: async (account) =>
        unlocked.signer(account ?? options.paymentAccount ?? (await wallet.get())),
      sandboxHost: () => createEvaluatorHost({ spares: 0, logger }),
      parseExpression: compileExpression,
      bundleModules: createModuleBundler(options.program ?? mainProgram()),
      clock: systemClock,
      random: systemRandom,
      logger,
    },
  )
  return { ...client, wallet, scheduler }
}
