/** Who asks a table, for the daemons that have tables: whom the key stands for, and its workers. */
import type { Address, Clock } from '@manyhands/protocol'
import type { Authority, OwnWorker, Transaction, Writer } from '@manyhands/service'

import { covers } from '../proxy-keys/proxy-right.ts'
import type { ProxyRightRow } from '../proxy-keys/proxy-right.ts'
import { liveRightsOf } from '../proxy-keys/proxy-rights-store.ts'
import { notAllowed } from '../proxy-keys/stand-in.ts'
import { workersOf } from '../workers/workers-store.ts'

export function createAuthority(writer: Writer, clock: Clock): Authority {
  return {
    callerOf: (signer, operation) =>
      writer.read((tx) => {
        const rights = liveRightsOf(tx, signer, clock.now())
        const minted = rights.filter((right) => right.minted)
        const address = minted.length === 0 ? signer : standsFor(minted, signer, operation)
        return { signer, address, workers: workersFor(tx, rights, address, minted.length === 0) }
      }),
  }
}

/** Counted rights are for operations; nobody counts questions. */
function standsFor(minted: readonly ProxyRightRow[], key: Address, operation: string): Address {
  const right = minted.find(
    (one) => one.uses === null && one.related === null && covers(one, { operation }),
  )
  if (right === undefined) throw notAllowed(key, { operation })
  return right.auth
}

const workerRights = ['entity.worker', 'worker.admin']

/** Workers of an address that owns them itself; of a proxy or a worker, those it has a right to. */
function workersFor(
  tx: Transaction,
  rights: readonly ProxyRightRow[],
  address: Address,
  isItself: boolean,
): OwnWorker[] {
  const found = new Map<string, OwnWorker>()
  for (const worker of isItself ? workersOf(tx, address) : []) found.set(worker.id, worker)
  for (const auth of new Set(rights.map((right) => right.auth))) {
    const own = rights.filter((right) => right.auth === auth && right.uses === null)
    for (const worker of workersOf(tx, auth)) {
      const related = worker.id
      const has = (operation: string): boolean =>
        own.some((right) => covers(right, { operation, related }))
      if (workerRights.some(has)) found.set(related, worker)
    }
  }
  return [...found.values()]
}
