/**
 * A real scheduler and a real worker on the memory network, its work functions in this process: for
 * tests of the client that need no sockets and no evaluator.
 */
import { type Client, compileExpression, createClient } from '@manyhands/client'
import {
  type Connection,
  createConnection,
  createEndpoint,
  createMemoryNetwork,
} from '@manyhands/connection'
import {
  createWorkerId,
  type Signer,
  silentLogger,
  systemClock,
  systemRandom,
} from '@manyhands/protocol'
import { createMemoryHost } from '@manyhands/sandbox/memory'
import { createFetchBroker } from '@manyhands/sandbox/node'
import { createScheduler, schedulerMigrations } from '@manyhands/scheduler'
import { createMemoryValueStore, createWriter, migrate, openDatabase } from '@manyhands/service'
import { createSigner, generatePrivateKey } from '@manyhands/wallet'
import { loadCrypto } from '@manyhands/wallet/node'
import { createWorker, type WorkerOptions } from '@manyhands/worker'
import { fetchText } from '@manyhands/worker/node'

export interface Computer extends AsyncDisposable {
  /** A client of its own identity, or of another one's. */
  connect(identity?: Signer): Client
  readonly owner: Signer
  /** Ends the scheduler, as a crash would for its peers, and starts another on the same database. */
  restartScheduler(): Promise<void>
  /** The worker begins, if it was not to begin at once. */
  startWorker(): Promise<void>
}

const location = 'memory://scheduler/dcp/'
const logger = silentLogger
const clock = systemClock
const random = systemRandom

export interface ComputerSettings {
  /** The worker begins when it is told to. */
  readonly idle?: boolean
  readonly worker?: Partial<WorkerOptions>
}

export async function startComputer(options: ComputerSettings = {}): Promise<Computer> {
  const crypto = await loadCrypto()
  const deps = { crypto, clock, random, logger }
  const newSigner = (): Signer => createSigner(generatePrivateKey(random), crypto)
  const database = openDatabase({ file: ':memory:' })
  migrate(database, schedulerMigrations, { clock })
  const network = createMemoryNetwork({ clock })
  const signer = newSigner()
  const owner = newSigner()
  const clients: Client[] = []

  const values = createMemoryValueStore(deps)

  async function serve(): Promise<() => Promise<void>> {
    const writer = createWriter(database.raw)
    const valueUrl = (key: string): string => `http://127.0.0.1/values/${key}`
    const scheduler = createScheduler({ ...deps, writer, values, valueUrl, signer })
    await scheduler.start()
    const { dispatch, repeatable } = scheduler
    const endpoint = createEndpoint({ identity: signer, repeatable }, { ...deps, dispatch })
    const stop = network.listen(location, (bearer) => endpoint.accept(bearer, 'dcp'))
    return async () => {
      stop()
      await scheduler.close()
      await endpoint.close()
      await writer.close()
    }
  }
  let stopServing = await serve()
  const open = (identity: Signer) => (): Connection =>
    createConnection({ identity }, { open: network.connector(location), ...deps })
  const worker = createWorker(
    {
      location: new URL('http://127.0.0.1:4280/'),
      workerId: createWorkerId(random),
      sandboxes: 1,
      ...options.worker,
    },
    {
      connect: open(newSigner()),
      host: createMemoryHost({ clock, sliceMs: () => 0 }),
      fetchText,
      brokerFetch: (policy, purpose = 'workerFetch') => createFetchBroker({ policy, purpose }),
      ...deps,
    },
  )
  if (options.idle !== true) await worker.start()

  return {
    owner,
    connect(identity = owner) {
      const client = createClient(
        { scheduler: new URL('http://127.0.0.1:4280/') },
        {
          connect: open(identity),
          owner: async () => identity.address,
          account: async () => identity,
          parseExpression: compileExpression,
          clock,
          random,
          logger,
        },
      )
      clients.push(client)
      return client
    },
    async restartScheduler() {
      await stopServing()
      stopServing = await serve()
    },
    startWorker: () => worker.start(),
    async [Symbol.asyncDispose]() {
      for (const client of clients) await client.close()
      await worker.stop({ graceMs: 0 })
      await stopServing()
      await database.close()
    },
  }
}
