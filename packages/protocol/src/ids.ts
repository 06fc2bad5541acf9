/**
 * Branded identifiers. They are minted only in this package, by the functions that check their form,
 * so that a plain string cannot be passed for one by accident.
 */
import { DcpError } from './errors.ts'
import { quote } from './quote.ts'
import type { Random } from './ports.ts'

declare const brand: unique symbol
type Branded<Name extends string> = string & { readonly [brand]: Name }

/** Ethereum-style address in EIP-55 checksum form, `0x` and 40 hex digits. */
export type Address = Branded<'Address'>
/** A job's client-made name: 22 characters of `[A-Za-z0-9]` (dialect 4 prefixes a `j`). */
export type JobId = Branded<'JobId'>
/** 22 characters of `[A-Za-z0-9]`, or `localExec_` and 12 of them. */
export type WorkerId = Branded<'WorkerId'>

/** Characters in an id without its prefix; 22 of 62 carry 131 bits. */
export const idLength = 22

const jobIdForm = /^j?[A-Za-z0-9]{22}$/
const workerIdForm = /^(?:[A-Za-z0-9]{22}|localExec_[A-Za-z0-9]{12})$/

export function isJobId(value: unknown): value is JobId {
  return typeof value === 'string' && jobIdForm.test(value)
}

export function isWorkerId(value: unknown): value is WorkerId {
  return typeof value === 'string' && workerIdForm.test(value)
}

/** Checks the form of a job id; throws EBADARG. */
export function parseJobId(text: string): JobId {
  if (isJobId(text)) return text
  throw new DcpError('EBADARG', `job id must be 22 characters of A-Z a-z 0-9, not ${quote(text)}`)
}

/** Checks the form of a worker id; throws EBADARG. */
export function parseWorkerId(text: string): WorkerId {
  if (isWorkerId(text)) return text
  throw new DcpError(
    'EBADARG',
    `worker id must be 22 characters of A-Z a-z 0-9, or localExec_ and 12, not ${quote(text)}`,
  )
}

/** A new job id; jobs are named by the client that deploys them. */
export function createJobId(random: Random): JobId {
  return parseJobId(random.token(idLength))
}

/** A new worker id; `localExec` names a worker that serves one job of its own process. */
export function createWorkerId(random: Random, kind: 'worker' | 'localExec' = 'worker'): WorkerId {
  return parseWorkerId(kind === 'worker' ? random.token(idLength) : `localExec_${random.token(12)}`)
}
