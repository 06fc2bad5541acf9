/** A work function that is being loaded into a sandbox, and how long that may take. */
import { DcpError, type Clock } from '@manyhands/protocol'

import { type Deferred, defer } from './deferred.ts'
import { assignMs, interpreterMs } from '../limits.ts'
import type { SliceError, WorkAssignment } from '../sandbox.ts'

/** Waiting for its modules is not counted. */
export interface Assigning extends Deferred<void> {
  readonly next: WorkAssignment
  pause(): void
  resume(): void
}

export function startAssigning(
  next: WorkAssignment,
  { clock, interpreted, onLate }: { clock: Clock; interpreted: boolean; onLate: () => void },
): Assigning {
  let cancel: (() => void) | undefined
  const pause = (): void => cancel?.()
  const resume = (): void => {
    pause()
    cancel = clock.setTimer(interpreted ? interpreterMs : assignMs, onLate)
  }
  return { ...defer<void>(), next, pause, resume }
}

/** Refusals that keep their code; any other is a work function that cannot be loaded. */
const codesOfRefusals = ['EBADARG', 'ENOMODULE', 'EMODULETOOBIG'] as const

/** Why a sandbox did not load its work function. */
export function refusal({ code, message, name, stack }: SliceError): DcpError {
  const known = codesOfRefusals.find((one) => one === code) ?? 'EUNCAUGHT'
  const error = new DcpError(known, message, { details: { name, ...(code && { code }) } })
  if (stack !== undefined) error.stack = stack
  return error
}
