/** Counts what was refused of a chunk of results. */
import type { IncomingRequest } from '@manyhands/connection'
import { sliceCount } from '@manyhands/protocol'
import type { Accepted } from '../results/accept.ts'
import type { OperationDeps } from './call.ts'

export function noteRefused(
  { refusals }: OperationDeps,
  { peer }: IncomingRequest,
  { duplicate, refused }: Accepted,
): void {
  if (refused.length > 0) refusals.note('lease', peer)
  if (duplicate.length > 0) refusals.note('repeated', peer, sliceCount(duplicate))
}
