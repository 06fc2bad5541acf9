/**
 * Stands before the other daemons' operations: where the caller is a proxy key, they see the address
 * it stands for, and only what the key allows gets there. They need not know that there are proxies.
 */
import type { Dispatch, IncomingRequest } from '@manyhands/connection'
import type { Address, Clock } from '@manyhands/protocol'
import { parseAddress } from '@manyhands/wallet'
import type { Crypto } from '@manyhands/wallet'
import { isDcpError } from '@manyhands/protocol'
import type { Writer } from '@manyhands/service'

import { extendToJob } from '../proxy-keys/mint.ts'
import { covers } from '../proxy-keys/proxy-right.ts'
import type { ProxyRightRow } from '../proxy-keys/proxy-right.ts'
import { giveUseBack } from '../proxy-keys/proxy-rights-store.ts'
import { mintedRights, useRight } from '../proxy-keys/stand-in.ts'
import { membersOf, namesOf, neededRight } from './needed-right.ts'

export interface DeProxyingDeps {
  readonly writer: Writer
  readonly clock: Clock
  readonly crypto: Crypto
}

export function deProxying(dispatch: Dispatch, deps: DeProxyingDeps): Dispatch {
  const { writer, clock } = deps
  return async (request) => {
    const need = neededRight(request)
    if (need === undefined) return dispatch(request)
    const inner = withPayer(request, deps)
    const rights = writer.read((tx) => mintedRights(tx, request.peer, clock.now()))
    if (rights.length === 0) return dispatch(inner)
    const stamp = `${request.peer}:${request.stamp}`
    const used = await writer.write((tx) =>
      useRight(tx, request.peer, need, { stamp, now: clock.now() }),
    )
    if (used === undefined) return dispatch(inner)
    try {
      const reply = await dispatch({ ...inner, peer: used.auth })
      if (need.operation === 'job.exec') await extend(used, request, reply)
      return reply
    } catch (error) {
      if (used.uses !== null) await writer.write((tx) => giveUseBack(tx, stamp))
      throw error
    }
  }

  /** The job's id and its escrow address both name it later. */
  async function extend(
    used: ProxyRightRow,
    { data }: IncomingRequest,
    reply: unknown,
  ): Promise<void> {
    const { job, id } = membersOf(data)
    const names = [job ?? id, membersOf(reply)['escrow']].filter((name) => typeof name === 'string')
    await writer.write((tx) => extendToJob(tx, used, names, clock.now()))
  }
}

const linking = { operation: 'bank.account.link.job.new' }

/** A payment account may be a proxy of one: the job is then the real account's to pay. */
function withPayer(request: IncomingRequest, deps: DeProxyingDeps): IncomingRequest {
  const { paymentAccount } = membersOf(request.data)
  const [, operation] = namesOf(request)
  if (typeof paymentAccount !== 'string' || !operation.startsWith('submit@')) return request
  const proxy = readAddress(paymentAccount, deps.crypto)
  const right = proxy && accountRight(proxy, deps)
  if (proxy === undefined || right === undefined) return request
  return {
    ...request,
    data: { ...membersOf(request.data), paymentAccount: right.auth },
    authorizes: (resource) => request.authorizes(resource === right.auth ? proxy : resource),
  }
}

/** Nobody counts amounts yet, so a right with an amount pays for nothing. */
function accountRight(
  proxy: Address,
  { writer, clock }: DeProxyingDeps,
): ProxyRightRow | undefined {
  const rights = writer.read((tx) => mintedRights(tx, proxy, clock.now()))
  return rights.find(
    (right) => right.amount === null && right.uses === null && covers(right, linking),
  )
}

function readAddress(text: string, crypto: Crypto): Address | undefined {
  try {
    return parseAddress(text.startsWith('0x') ? text : `0x${text}`, crypto)
  } catch (error) {
    if (!isDcpError(error)) throw error
    // The operation itself says what is wrong with it.
    return undefined
  }
}
