// One simulated world: a scheduler, workers and clients as processes that can be killed, on one
// virtual clock, one memory network and one database that survives them.
import { type Client, createClient } from '@manyhands/client'
import {
  type Connection,
  createConnection,
  createEndpoint,
  createMemoryNetwork,
} from '@manyhands/connection'
import {
  createWorkerId,
  type Random,
  seededRandom,
  type Logger,
  type Signer,
} from '@manyhands/protocol'
import { createMemoryHost } from '@manyhands/sandbox/memory'
import { createScheduler, schedulerMigrations } from '@manyhands/scheduler'
import {
  createMemoryValueStore,
  createWriter,
  type Database,
  migrate,
  openDatabase,
} from '@manyhands/service'
import { type Crypto, createSigner } from '@manyhands/wallet'
import { createWorker } from '@manyhands/worker'

import { createLife, type Life, mortalWriter, type WriteFate } from './mortal.ts'
import { createVirtualClock, type VirtualClock } from './virtual-clock.ts'
import { createWeather, type Weather } from './weather.ts'

const location = 'dcp'
const url = new URL('http://127.0.0.1/')
const startMs = 1_800_000_000_000

export interface Plan {
  /** Chance that a write kills the scheduler. */
  readonly writeDeath: number
  /** Chance that a slice kills its sandbox. */
  readonly sandboxDeath: number
  readonly sliceMs: number
}

export interface World extends AsyncDisposable {
  readonly clock: VirtualClock
  readonly random: Random
  readonly database: Database
  readonly weather: Weather
  readonly deaths: { scheduler: number; worker: number; client: number }
  startScheduler(): Promise<void>
  killScheduler(): void
  readonly schedulerAlive: boolean
  startWorker(number: number): Promise<void>
  killWorker(number: number): void
  /** A client with an identity of its own by number; the same number is the same owner. */
  openClient(number: number): SimulatedClient
  /** No more accidents: what is dead stays dead until it is started. */
  calm(): void
  /** Notes an error that no accident explains. */
  report(error: unknown): void
  readonly reports: readonly string[]
}

export interface SimulatedClient {
  readonly client: Client
  kill(): void
}

interface Process {
  readonly life: Life
  readonly cut: () => void
}

export async function createWorld(
  seed: string,
  plan: Plan,
  { crypto, logger }: { readonly crypto: Crypto; readonly logger: Logger },
): Promise<World> {
  const random = seededRandom(seed)
  const clock = createVirtualClock(startMs)
  const weather = createWeather(random)
  const network = createMemoryNetwork({ clock, fate: (traffic) => weather.fate(traffic) })
  const database = openDatabase({ file: ':memory:' })
  migrate(database, schedulerMigrations, { clock })
  const values = createMemoryValueStore({ clock })
  const identity = keyOf(1)
  const deaths = { scheduler: 0, worker: 0, client: 0 }
  const workers = new Map<number, Process>()
  const reports: string[] = []
  let scheduler: Process | undefined
  let accidents = true

  function keyOf(number: number): Signer {
    return createSigner(new Uint8Array(32).fill(number), crypto)
  }

  function writeFate(): WriteFate {
    if (!accidents || random.float() >= plan.writeDeath) return 'lives'
    return random.float() < 0.5 ? 'dies before' : 'dies after'
  }

  function killScheduler(): void {
    if (scheduler === undefined) return
    scheduler.life.kill()
    scheduler.cut()
    scheduler = undefined
    deaths.scheduler += 1
  }

  /** Opens links that die with the process, and with it only. */
  function linkOf(life: Life, signer: Signer): { connect(): Connection; cut(): void } {
    const mine = new Set<{ close(): void }>()
    const open = network.connector(location)
    return {
      connect: () =>
        createConnection(
          { identity: signer },
          {
            open: async (signal) => {
              const bearer = await open(signal)
              mine.add(bearer)
              return bearer
            },
            crypto,
            clock: life.clock,
            random,
            logger,
          },
        ),
      cut() {
        for (const bearer of mine) bearer.close()
        mine.clear()
      },
    }
  }

  return {
    clock,
    random,
    database,
    weather,
    deaths,
    get schedulerAlive() {
      return scheduler !== undefined
    },
    async startScheduler() {
      if (scheduler !== undefined) return
      const life = createLife(clock)
      const writer = mortalWriter(createWriter(database.raw), {
        life,
        fate: writeFate,
        die: killScheduler,
      })
      const deps = { clock: life.clock, random, logger, crypto }
      const valueUrl = (key: string): string => new URL(`values/${key}`, url).href
      const made = createScheduler({ ...deps, writer, values, valueUrl, signer: identity })
      const endpoint = createEndpoint(
        { identity, repeatable: made.repeatable },
        { ...deps, dispatch: made.dispatch },
      )
      scheduler = {
        life,
        cut: network.listen(location, (bearer) => endpoint.accept(bearer, 'dcp')),
      }
      await made.start()
    },
    killScheduler,
    async startWorker(number) {
      if (workers.has(number)) return
      const life = createLife(clock)
      const link = linkOf(life, keyOf(100 + number))
      const host = createMemoryHost({
        clock: life.clock,
        sliceMs: () => plan.sliceMs * (0.5 + random.float()),
        dies: () => accidents && random.float() < plan.sandboxDeath,
      })
      const worker = createWorker(
        { location: url, sandboxes: 2, workerId: createWorkerId(seededRandom(`worker ${number}`)) },
        { connect: link.connect, host, clock: life.clock, random, logger, crypto },
      )
      workers.set(number, { life, cut: link.cut })
      await worker.start()
    },
    killWorker(number) {
      const process = workers.get(number)
      if (process === undefined) return
      process.life.kill()
      process.cut()
      workers.delete(number)
      deaths.worker += 1
    },
    openClient(number) {
      const life = createLife(clock)
      const signer = keyOf(200 + number)
      const link = linkOf(life, signer)
      const client = createClient(
        { scheduler: url },
        {
          connect: link.connect,
          owner: () => Promise.resolve(signer.address),
          account: () => Promise.resolve(signer),
          clock: life.clock,
          random,
          logger,
        },
      )
      return {
        client,
        kill() {
          life.kill()
          link.cut()
          deaths.client += 1
        },
      }
    },
    calm() {
      accidents = false
      weather.calm()
    },
    report: (error) => void reports.push(`unexplained: ${String(error)}`),
    reports,
    async [Symbol.asyncDispose]() {
      killScheduler()
      for (const { life, cut } of workers.values()) {
        life.kill()
        cut()
      }
      await database.close()
    },
  }
}
