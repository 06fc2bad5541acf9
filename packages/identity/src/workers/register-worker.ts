/** Makes a worker somebody's: the owner's key and the worker's own have both signed for it. */
import { DcpError } from '@manyhands/protocol'
import type { Address } from '@manyhands/protocol'
import type { Transaction } from '@manyhands/service'

import { workersPerOwnerMax } from '../limits.ts'
import { deleteGiven, insertRight } from '../proxy-keys/proxy-rights-store.ts'
import { useRight } from '../proxy-keys/stand-in.ts'
import { countWorkers, findWorker, writeWorker } from './workers-store.ts'
import type { RegisteredWorker } from './workers-store.ts'

export interface Registration {
  readonly workerId: string
  /** Whose key signed the inner message: the worker. */
  readonly identity: Address
  /** Whose key signed the outer one: the owner, or a proxy of the owner's. */
  readonly signer: Address
  readonly messageId: string
  readonly label: string
  readonly flags: number
}

/** What the worker's key may do for its owner, besides what it may do for itself. */
const given = ['entity.worker', 'scheduler.jnu']

/** @throws DcpError `EPERM`, `ETOOBIG`. */
export function registerWorker(
  tx: Transaction,
  { workerId, identity, signer, messageId, label, flags }: Registration,
  now: number,
): RegisteredWorker {
  const need = { operation: 'pxAuth.worker.register' }
  const owner = useRight(tx, signer, need, { stamp: messageId, now })?.auth ?? signer
  const before = findWorker(tx, workerId)
  if (before !== undefined && before.identity !== identity) {
    throw new DcpError('EPERM', `the worker ${workerId} has another identity`)
  }
  if (before?.owner !== owner && countWorkers(tx, owner) >= workersPerOwnerMax) {
    throw new DcpError('ETOOBIG', `${owner} has ${workersPerOwnerMax} workers already`)
  }
  const worker = { id: workerId, identity, owner, label, flags }
  writeWorker(tx, worker, now)
  deleteGiven(tx, identity, workerId)
  for (const operation of given) {
    insertRight(tx, {
      proxy: identity,
      auth: owner,
      owner,
      operation,
      related: workerId,
      amount: null,
      uses: null,
      expires: null,
      label,
      minted: false,
    })
  }
  return worker
}
