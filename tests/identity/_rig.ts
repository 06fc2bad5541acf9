// The identity daemon behind a real HTTP server, with keys that sign posts, and a daemon of which it
// guards the operations. Time can be moved on.
import type { IncomingRequest } from '@manyhands/connection'
import { createIdentity, identityMigrations } from '@manyhands/identity'
import type { Identity } from '@manyhands/identity'
import { DcpError, silentLogger, systemClock, systemRandom } from '@manyhands/protocol'
import type { Address, Signer } from '@manyhands/protocol'
import { createHttpServer, createWriter, migrate, openDatabase } from '@manyhands/service'
import { parseKeystore } from '@manyhands/wallet'

import { crypto, post } from '../../packages/service/src/table-queries/_client.ts'
import type { Answer } from '../../packages/service/src/table-queries/_client.ts'

export interface Seen {
  readonly peer: Address
  readonly data: unknown
  readonly payerSigned: boolean
}

export interface Rig extends AsyncDisposable {
  readonly identity: Identity
  /** Where table queries go. */
  readonly jnu: string
  passTime(ms: number): void
  /** Posts to a method of pxAuth; names the message unless the body does. */
  post(signer: Signer, method: string, body?: object): Promise<Answer>
  /** A new proxy key. Throws what the refusal says. */
  mint(signer: Signer, pxRequest: readonly unknown[], body?: object): Promise<Signer>
  /** What a daemon behind the identity daemon gets to see of a request. */
  send(signer: Signer, operation: string, data: object, options?: SendOptions): Promise<Seen>
}

export interface SendOptions {
  readonly stamp?: string
  /** True: the daemon refuses the request. */
  readonly fails?: boolean
  /** Keys that signed besides. */
  readonly authorizedBy?: readonly Address[]
}

let messages = 0

export function messageIdOf(signer: Signer): string {
  return `${signer.address}-${String(++messages).padStart(21, '0')}`
}

export async function createRig(): Promise<Rig> {
  let passed = 0
  const clock = { ...systemClock, now: () => systemClock.now() + passed }
  const database = openDatabase({ file: ':memory:' })
  migrate(database, identityMigrations, { clock })
  const writer = createWriter(database.raw)
  const deps = { writer, clock, crypto, random: systemRandom, logger: silentLogger }
  const identity = createIdentity(deps)
  await identity.start()
  const server = createHttpServer({ routes: identity.routes }, deps)
  await server.start()
  const seen: Seen[] = []
  let fails = false
  const guarded = identity.deProxying(({ peer, data, authorizes }) => {
    if (fails) return Promise.reject(new DcpError('ENOENT', 'there is no such job'))
    const { paymentAccount } = data as { paymentAccount?: Address }
    const payerSigned = paymentAccount !== undefined && authorizes(paymentAccount)
    seen.push({ peer, data, payerSigned })
    return Promise.resolve({ escrow: `0x${'e'.repeat(40)}` })
  })
  let stamps = 0
  const rig: Rig = {
    identity,
    jnu: `${server.origin}/jnu/px-auth/`,
    passTime(ms) {
      passed += ms
    },
    async post(signer, method, body = {}) {
      const url = `${server.origin}/px-auth/${method}`
      const expiry = Math.floor(clock.now() / 1000) + 600
      return post(url, signer, { messageId: messageIdOf(signer), ...body }, { expiry })
    },
    async mint(signer, pxRequest, body = {}) {
      const answer = await rig.post(signer, 'new-px', { pxRequest, pxExpireSeconds: 60, ...body })
      if (answer['keystore'] === undefined) {
        throw new Error(`${String(answer['failure'])}: ${String(answer['message'])}`)
      }
      return parseKeystore(answer['keystore'], crypto).unlock('')
    },
    async send({ address }, operation, data, options = {}) {
      fails = options.fails === true
      const request: IncomingRequest = {
        service: 'dcp',
        operation,
        data,
        peer: address,
        session: {
          dcpsid: 'session',
          peer: address,
          ended: new AbortController().signal,
          connected: true,
          request: () => Promise.reject(new Error('not used')),
        },
        stamp: options.stamp ?? `stamp-${++stamps}`,
        timeMs: 0,
        answered: Promise.resolve(),
        authorizes: (resource) => options.authorizedBy?.includes(resource) === true,
      }
      await guarded(request)
      const last = seen.at(-1)
      if (last === undefined) throw new Error('nothing arrived')
      return last
    },
    async [Symbol.asyncDispose]() {
      await server.close()
      await identity.close()
      await writer.close()
      await database.close()
    },
  }
  return rig
}
