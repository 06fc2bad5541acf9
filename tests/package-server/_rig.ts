// A package server on a database in memory, asked as the endpoint asks it.
import type { IncomingRequest } from '@manyhands/connection'
import { createPackageServer, packageServerMigrations } from '@manyhands/package-server'
import type { PackageServer } from '@manyhands/package-server'
import { systemClock } from '@manyhands/protocol'
import type { Address } from '@manyhands/protocol'
import { createWriter, migrate, openDatabase } from '@manyhands/service'

export const origin = 'http://here.example:4280'

export interface Rig extends AsyncDisposable {
  readonly server: PackageServer
  /** Sends a request of the n-th identity; JSON in between, as on the wire. */
  send(n: number, operation: string, data?: unknown, service?: string): Promise<unknown>
}

export function addressOf(n: number): Address {
  return `0x${n.toString(16).padStart(40, '0')}` as Address
}

export function createRig(): Rig {
  const database = openDatabase({ file: ':memory:' })
  migrate(database, packageServerMigrations, { clock: systemClock })
  const writer = createWriter(database.raw)
  const server = createPackageServer({ writer, clock: systemClock, originFor: () => origin })
  let stamps = 0
  return {
    server,
    async send(n, operation, data, service = 'packageManager') {
      const peer = addressOf(n)
      const request: IncomingRequest = {
        service,
        operation,
        data: data === undefined ? undefined : JSON.parse(JSON.stringify(data)),
        peer,
        session: {
          dcpsid: 'session',
          peer,
          ended: new AbortController().signal,
          connected: true,
          request: () => Promise.reject(new Error('not used')),
        },
        stamp: `stamp-${++stamps}`,
        timeMs: 0,
        answered: Promise.resolve(),
        authorizes: () => false,
      }
      return JSON.parse(JSON.stringify(await server.dispatch(request)))
    },
    async [Symbol.asyncDispose]() {
      await writer.close()
      await database.close()
    },
  }
}
