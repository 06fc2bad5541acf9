// A scheduler, a client and workers as they are, on one virtual clock and a network in memory.
import { type Client, createClient } from '@manyhands/client'
import {
  type Connection,
  createConnection,
  createEndpoint,
  createMemoryNetwork,
} from '@manyhands/connection'
import { seededRandom, type Signer, silentLogger } from '@manyhands/protocol'
import { createMemoryHost } from '@manyhands/sandbox/memory'
import { createScheduler, schedulerMigrations } from '@manyhands/scheduler'
import { createMemoryValueStore, createWriter, migrate, openDatabase } from '@manyhands/service'
import { createPureCrypto, createSigner } from '@manyhands/wallet'
import { createWorker, type Worker } from '@manyhands/worker'

import { createVirtualClock, type VirtualClock } from '../sim/virtual-clock.ts'

export interface VirtualNet extends AsyncDisposable {
  readonly clock: VirtualClock
  readonly client: Client
  /** Starts a worker with one sandbox, in which a slice takes as long as `sliceMs` says. */
  addWorker(sliceMs: (slice: number) => number): Promise<VirtualWorker>
}

export interface VirtualWorker {
  readonly worker: Worker
  /** The slices it began, each once. */
  readonly begun: ReadonlySet<number>
}

const url = new URL('http://127.0.0.1/')
const room = 'dcp'

export async function createVirtualNet(): Promise<VirtualNet> {
  const crypto = createPureCrypto()
  const clock = createVirtualClock(1_800_000_000_000)
  const deps = { clock, random: seededRandom('virtual net'), logger: silentLogger, crypto }
  const network = createMemoryNetwork({ clock })
  const database = openDatabase({ file: ':memory:' })
  migrate(database, schedulerMigrations, { clock })
  const writer = createWriter(database.raw)
  const signer = keyOf(1)
  const scheduler = createScheduler({
    ...deps,
    writer,
    values: createMemoryValueStore({ clock }),
    valueUrl: (key) => new URL(`values/${key}`, url).href,
    signer,
  })
  const endpoint = createEndpoint(
    { identity: signer, repeatable: scheduler.repeatable },
    { ...deps, dispatch: scheduler.dispatch },
  )
  network.listen(room, (bearer) => endpoint.accept(bearer, room))
  await scheduler.start()
  const workers: Worker[] = []
  const owner = keyOf(2)
  const client = createClient(
    { scheduler: url },
    {
      ...deps,
      connect: connectAs(owner),
      owner: () => Promise.resolve(owner.address),
      account: () => Promise.resolve(owner),
    },
  )

  function keyOf(number: number): Signer {
    return createSigner(new Uint8Array(32).fill(number), crypto)
  }

  function connectAs(identity: Signer): () => Connection {
    return () => createConnection({ identity }, { open: network.connector(room), ...deps })
  }

  return {
    clock,
    client,
    async addWorker(sliceMs) {
      const begun = new Set<number>()
      const host = createMemoryHost({
        clock,
        cpuMs: () => 1,
        sliceMs(slice) {
          begun.add(slice)
          return sliceMs(slice)
        },
      })
      const connect = connectAs(keyOf(10 + workers.length))
      const worker = createWorker({ location: url, sandboxes: 1 }, { ...deps, connect, host })
      workers.push(worker)
      await worker.start()
      return { worker, begun }
    },
    async [Symbol.asyncDispose]() {
      let closed = false
      const closing = Promise.all([
        client.close(),
        ...workers.map((worker) => worker.stop({ graceMs: 0 })),
      ])
        .then(() => scheduler.close())
        .finally(() => {
          closed = true
        })
      await clock.run(() => closed, 60_000)
      await closing
      await writer.close()
      await database.close()
    },
  }
}
