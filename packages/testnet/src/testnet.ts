/**
 * A whole Distributed Computer inside a test: real sockets on a free port, a temporary data
 * directory, workers in this process. Everything is closed and removed when the test is over.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { connect } from '@manyhands/client/node'
import type { NodeClient } from '@manyhands/client/node'
import { createComputer } from '@manyhands/computer'
import type { Computer, KeystorePaths } from '@manyhands/computer'
import { createConnection } from '@manyhands/connection'
import { connectLocation } from '@manyhands/connection/node'
import { silentLogger, systemClock, systemRandom } from '@manyhands/protocol'
import type { Logger } from '@manyhands/protocol'
import type { SandboxHost } from '@manyhands/sandbox'
import { createMemoryHost } from '@manyhands/sandbox/memory'
import { createEvaluatorHost } from '@manyhands/sandbox/node'
import type { EvaluatorHostOptions } from '@manyhands/sandbox/node'
import { loadCrypto } from '@manyhands/wallet/node'
import { createWorker } from '@manyhands/worker'
import type { Worker, WorkerOptions } from '@manyhands/worker'
import { createWorkerIdentity, fetchText } from '@manyhands/worker/node'

export interface TestnetOptions {
  /** 1 by default. */
  readonly workers?: number
  /** Of each worker; 1 by default. */
  readonly sandboxes?: number
  /** True: work functions run in this process. Fast, and only for functions one trusts. */
  readonly memory?: boolean
  /** What is measured of a graphics processor for each slice, in memory; nothing by default. */
  readonly gpuMs?: (slice: number) => number
  /** Kept after the test; a temporary one, which is removed, by default. */
  readonly dataDirectory?: string
  /** Any free one by default. */
  readonly port?: number
  readonly logger?: Logger
  /** Of the real sandboxes, such as how long a slice may be without progress. */
  readonly limits?: EvaluatorHostOptions['limits']
}

interface Crew {
  readonly worker: Worker
  readonly host: SandboxHost
}

const deps = { clock: systemClock, random: systemRandom }

export class Testnet implements AsyncDisposable {
  readonly dataDirectory: string
  readonly #options: TestnetOptions
  readonly #logger: Logger
  readonly #crews: Crew[] = []
  readonly #clients: NodeClient[] = []
  #computer: Computer

  private constructor(options: TestnetOptions, dataDirectory: string) {
    this.#options = options
    this.dataDirectory = dataDirectory
    this.#logger = options.logger ?? silentLogger
    this.#computer = this.#newComputer(options.port ?? 0)
  }

  /** Starts a scheduler and its workers. */
  static async create(options: TestnetOptions = {}): Promise<Testnet> {
    const directory = options.dataDirectory ?? (await mkdtemp(join(tmpdir(), 'manyhands-testnet-')))
    const net = new Testnet(options, directory)
    try {
      await net.#computer.start()
      for (let count = 0; count < (options.workers ?? 1); count++) await net.addWorker()
    } catch (error) {
      await net.close()
      throw error
    }
    return net
  }

  get url(): URL {
    return this.#computer.url
  }

  get computer(): Computer {
    return this.#computer
  }

  get keystores(): KeystorePaths {
    return this.#computer.keystores
  }

  /** What `DCP_RESOURCE_DIR` has to be for a program that deploys here. */
  get keystoreDirectory(): string {
    return dirname(this.keystores.id)
  }

  get workers(): readonly Worker[] {
    return this.#crews.map(({ worker }) => worker)
  }

  /** A client with the testnet's own identity and account; closed with the testnet at the latest. */
  async connect(): Promise<NodeClient> {
    const client = await connect({
      scheduler: this.url,
      identity: this.keystores.id,
      paymentAccount: this.keystores.default,
      logger: this.#logger,
    })
    this.#clients.push(client)
    return client
  }

  /** Starts one more worker. */
  async addWorker(options: Partial<WorkerOptions> = {}): Promise<Worker> {
    const logger = this.#logger
    const crypto = await loadCrypto(logger)
    const { workerId, signer } = createWorkerIdentity({ crypto, random: systemRandom })
    const host = this.#newHost()
    const location = this.url
    const worker = createWorker(
      { location, workerId, sandboxes: this.#options.sandboxes ?? 1, ...options },
      {
        connect: () =>
          createConnection(
            { identity: signer },
            { open: connectLocation(new URL('dcp/', location)), crypto, logger, ...deps },
          ),
        host,
        crypto,
        logger,
        fetchText,
        ...deps,
      },
    )
    this.#crews.push({ worker, host })
    await worker.start()
    return worker
  }

  /** Closes the daemons and opens them again on the same port and data; workers and clients stay. */
  async restartScheduler(): Promise<void> {
    const port = Number(this.url.port)
    await this.#computer.close()
    this.#computer = this.#newComputer(port)
    await this.#computer.start()
  }

  async close(): Promise<void> {
    for (const client of this.#clients.splice(0)) await client.close()
    const crews = this.#crews.splice(0)
    await Promise.all(
      crews.map(async ({ worker, host }) => {
        await worker.stop({ graceMs: 0 })
        await host.close()
      }),
    )
    await this.#computer.close()
    if (this.#options.dataDirectory === undefined) {
      await rm(this.dataDirectory, { recursive: true, force: true })
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #newHost(): SandboxHost {
    const { gpuMs, limits, memory } = this.#options
    if (memory === true) {
      return createMemoryHost({
        clock: systemClock,
        sliceMs: () => 0,
        ...(gpuMs && { gpuMs }),
      })
    }
    return createEvaluatorHost({
      logger: this.#logger,
      ...(limits === undefined ? {} : { limits }),
    })
  }

  #newComputer(port: number): Computer {
    const { dataDirectory } = this
    return createComputer({ dataDirectory, port }, { logger: this.#logger, ...deps })
  }
}
