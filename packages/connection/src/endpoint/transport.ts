/** A transport to the endpoint, and what it turned out to carry. */
import type { CancelTimer } from '@manyhands/protocol'

import type { Framing } from '../framing/framing.ts'
import type { Held } from './session-registry.ts'
import type { Stray } from './stray.ts'

export interface Transport {
  readonly service: string
  readonly host: string | undefined
  readonly userAgent: string | undefined
  readonly framing: Framing
  /** The session it carries. */
  held?: Held
  /** The conversation about a session that does not exist. */
  stray?: Stray
  /** Set while it must not stay as it is: before the first message, and after a goodbye. */
  cancelDeadline?: CancelTimer | undefined
  open: boolean
}
