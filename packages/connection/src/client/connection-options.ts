/** What a connection is made with. */
import type { Address, Clock, Logger, Random, Signer } from '@manyhands/protocol'
import type { Crypto } from '@manyhands/wallet'

import type { OpenBearer } from '../bearer.ts'

export interface ConnectionOptions {
  /** This side's key; it seals every message. */
  readonly identity: Signer
  /** The server's address as it was before; another one is refused with `EADDRCHANGE`. */
  readonly expectedPeer?: Address
  /** How long the first session may take; 60 s by default. */
  readonly connectTimeoutMs?: number
  /** How long to try after a transport or session was lost; 7,200 s by default. */
  readonly reconnectTimeoutMs?: number
  /** How long a goodbye may take; 7 s by default. */
  readonly closeTimeoutMs?: number
  /** How long the server has to acknowledge a message; 120 s by default. */
  readonly maxRttMs?: number
}

export interface ConnectionDeps {
  /** Makes a transport to the server's location. */
  readonly open: OpenBearer
  readonly crypto: Crypto
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}
