/**
 * A whole Distributed Computer's daemons in one process: data directory, identity, scheduler, and
 * the server through which the world reaches them. What is acquired first is given back last.
 */
import { createHmac } from 'node:crypto'
import { networkInterfaces } from 'node:os'
import { join } from 'node:path'

import { createEndpoint } from '@manyhands/connection'
import type { Endpoint } from '@manyhands/connection'
import { attachEndpoint } from '@manyhands/connection/node'
import { DcpError } from '@manyhands/protocol'
import type { Address, Clock, Logger, Random } from '@manyhands/protocol'
import { createIdentity, identityMigrations } from '@manyhands/identity'
import { createPackageServer, packageServerMigrations } from '@manyhands/package-server'
import { createScheduler, schedulerMigrations, schedulerTables } from '@manyhands/scheduler'
import type { Scheduler } from '@manyhands/scheduler'
import {
  configurationRoutes,
  createHttpServer,
  createMetrics,
  createWriter,
  migrate,
  openDataDirectory,
  openDatabase,
  openFileValueStore,
  operatorRoutes,
  servicePaths,
  tableQueryRoutes,
  valueRoute,
  valuesPath,
} from '@manyhands/service'
import type { HttpServer, Metrics, Migration, Route, Writer } from '@manyhands/service'
import { createSigner } from '@manyhands/wallet'
import { loadCrypto } from '@manyhands/wallet/node'

import { clientPackageRoutes } from './client-package.ts'
import { createHoldings } from './holdings.ts'
import { openKeystores } from './keystores.ts'
import type { KeystorePaths } from './keystores.ts'
import { reachableAt } from './reachable-at.ts'
import { routeRequests } from './request-routing.ts'

export interface ComputerOptions {
  /** Where everything is kept; made when it is missing. */
  readonly dataDirectory: string
  /** An address or a name of this machine, `127.0.0.1` by default; `0.0.0.0` and `::` are all. */
  readonly host?: string
  /** 0 takes any free one. */
  readonly port: number
  /** Its origin for the world, where it is not its own host and port: `https://dcp.example`. */
  readonly publicOrigin?: string
  /** Identities that may do what its owner may: send messages to all workers, count the jobs of all. */
  readonly administrators?: readonly Address[]
  /** Directory of the official client that pages load; the one installed beside us by default. */
  readonly clientPackage?: string
}

export interface ComputerDeps {
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export interface Computer extends AsyncDisposable {
  /**
   * Takes the data directory, starts the daemons and listens.
   * @throws DcpError `EDATADIR` when the directory cannot be used, `EADDRINUSE` when the port is taken.
   */
  start(): Promise<void>
  /** Where programs on this machine reach it, once started; ends in `/`. */
  readonly url: URL
  /** Where others reach it, once started; empty where they do not. */
  readonly reachableAt: readonly URL[]
  /** The address it answers as, once started. */
  readonly address: Address
  /** Keystores with which a program on this machine can deploy. */
  readonly keystores: KeystorePaths
  /** Tells everybody goodbye and closes everything in reverse order. Idempotent. */
  close(): Promise<void>
}

interface Running {
  readonly url: URL
  readonly reachableAt: readonly URL[]
  readonly address: Address
  readonly keystores: KeystorePaths
}

/** What answers the questions of operators. */
interface Parts {
  readonly address: Address
  readonly endpoint: Endpoint
  readonly metrics: Metrics
  readonly scheduler: Scheduler
  readonly writer: Writer
  /** Of the other daemons. */
  readonly others: readonly Route[]
}

/** A secret for one purpose, that tells nothing of the computer's key. */
function keyFor(purpose: string, key: Uint8Array): Uint8Array {
  return createHmac('sha256', key).update(`manyhands ${purpose}`).digest()
}

/** Why the database cannot be read, or took no changes the last time; undefined while it can. */
function databaseTrouble(writer: Writer): string | undefined {
  try {
    writer.read((tx) => tx.all('select 1'))
    return writer.failure()?.message
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Location path → service, as an endpoint wants it. */
const locations: Readonly<Record<string, string>> = {
  ...Object.fromEntries(Object.entries(servicePaths).map(([service, path]) => [path, service])),
  // Where utilities look for the service that sends messages to workers.
  '/events/': 'eventRouter',
}

/** Builds a computer; nothing happens before `start`. */
export function createComputer(options: ComputerOptions, deps: ComputerDeps): Computer {
  const { random, logger } = deps
  const { host = '127.0.0.1', publicOrigin } = options
  const known = publicOrigin === undefined ? {} : { publicOrigin }
  const holdings = createHoldings()
  let running: Running | undefined
  let closing: Promise<void> | undefined

  function routes(parts: Parts): Route[] {
    const { address, endpoint, metrics, scheduler, writer, others } = parts
    metrics.gaugeOf('manyhands_sessions', 'sessions of peers', () => endpoint.sessions.size)
    return [
      ...configurationRoutes(),
      ...operatorRoutes({
        trouble: () => databaseTrouble(writer),
        status: () => ({ address, sessions: endpoint.sessions.size, ...scheduler.load() }),
        metrics,
      }),
      ...clientPackageRoutes(options.clientPackage),
      ...others,
    ]
  }

  async function serve(server: HttpServer, endpoint: Endpoint): Promise<void> {
    const attachment = attachEndpoint(server.server, { endpoint, locations })
    holdings.add(() => server.close())
    holdings.add(() => attachment.close())
    // First of all at the end: peers are told goodbye while everything still answers.
    holdings.add(() => endpoint.close())
    await server.start()
  }

  function openWriter(file: string, migrations: readonly Migration[]): Writer {
    const database = openDatabase({ file })
    holdings.add(() => database.close())
    migrate(database, migrations, deps)
    const writer = createWriter(database.raw)
    holdings.add(() => writer.close())
    return writer
  }

  async function startAll(): Promise<Running> {
    const data = await openDataDirectory({ path: options.dataDirectory })
    holdings.add(() => data.close())
    const crypto = await loadCrypto(logger)
    const key = await data.identityKey(random)
    const identity = createSigner(key, crypto)
    const keystores = await openKeystores(join(data.path, 'keystores'), { crypto, ...deps })
    const administrators = [keystores.owner, ...(options.administrators ?? [])]
    const writer = openWriter(data.file('scheduler.sqlite'), schedulerMigrations)
    const values = await openFileValueStore(
      { directory: data.file('values'), secret: keyFor('values', key) },
      deps,
    )
    holdings.add(() => values.close())
    const valueUrl = (name: string, origin: string | undefined): string =>
      `${server.originFor(origin)}${valuesPath}${name}`
    const metrics = createMetrics()
    const scheduler = createScheduler({
      ...deps,
      metrics,
      writer,
      values,
      valueUrl,
      crypto,
      signer: identity,
      administrators,
    })
    holdings.add(() => scheduler.close())
    await scheduler.start()
    const packages = createPackageServer({
      ...deps,
      metrics,
      writer: openWriter(data.file('packages.sqlite'), packageServerMigrations),
      originFor: (name) => server.originFor(name),
    })
    const proxies = createIdentity({
      ...deps,
      crypto,
      writer: openWriter(data.file('identity.sqlite'), identityMigrations),
    })
    holdings.add(() => proxies.close())
    await proxies.start()
    const jnu = tableQueryRoutes(
      { service: 'scheduler', path: '/jnu/scheduler/', tables: schedulerTables },
      { ...deps, crypto, writer, authority: proxies.authority },
    )
    const { dispatch, repeatable } = routeRequests({ packageManager: packages }, scheduler)
    const endpoint = createEndpoint(
      { identity, repeatable },
      { dispatch: proxies.deProxying(dispatch), crypto, ...deps },
    )
    const others = [valueRoute(values), ...packages.routes, ...proxies.routes, ...jnu]
    const server = createHttpServer(
      {
        host,
        port: options.port,
        routes: routes({ address: identity.address, endpoint, metrics, scheduler, writer, others }),
        ...known,
      },
      deps,
    )
    await serve(server, endpoint)
    const url = new URL('/', server.localOrigin)
    const outside = reachableAt({ host, port: server.port, ...known }, networkInterfaces())
    logger.info('the computer listens', {
      url: url.href,
      reachableAt: outside.map(({ href }) => href),
      address: identity.address,
    })
    return { url, reachableAt: outside, address: identity.address, keystores: keystores.paths }
  }

  function theRunning(): Running {
    if (running === undefined) throw new DcpError('EPIPE', 'the computer is not started')
    return running
  }

  return {
    async start() {
      try {
        running = await startAll()
      } catch (error) {
        await holdings.release()
        throw error
      }
    },
    get url() {
      return theRunning().url
    },
    get reachableAt() {
      return theRunning().reachableAt
    },
    get address() {
      return theRunning().address
    },
    get keystores() {
      return theRunning().keystores
    },
    close: () => (closing ??= holdings.release()),
    [Symbol.asyncDispose]: () => (closing ??= holdings.release()),
  }
}
