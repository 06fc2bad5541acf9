/** Every bound of this package, in one place. Lengths are in UTF-16 code units, as on the wire. */
export const limits = {
  /** Longest message from a peer that has not proven who it is. */
  unknownMessageLength: 16_384,
  /** Longest message, whole or put together from fragments. */
  messageLength: 67_108_864,
  /** Longest fragment we ask for; longer messages come to us in pieces. */
  fragmentLength: 16_777_216,
  /** Longest piece we send even when the peer asks for shorter ones than anybody needs. */
  fragmentLengthMin: 100,
  /** Fragments of one message. */
  fragmentCount: 4096,
  /** Messages of which some fragments, but not all, have arrived. */
  partialMessages: 16,
  /** Whole messages that wait for an earlier, unfinished one. */
  waitingMessages: 1024,
  /** Header of a fragment or a capability announcement. */
  frameHeaderLength: 4096,
  /** Bytes of one websocket packet: a code unit can take seven bytes when escaped twice. */
  packetBytes: 134_217_728,

  /** Ids, tokens, nonces and stamps that a peer chose. */
  tokenLength: 256,
  /** Operation names. */
  operationLength: 128,
  /** Grants of one request. */
  grants: 16,
  /** Members of a batch that we accept. */
  batchMembers: 10_000,
  /** Members of a batch that we send, unless one call asked for more. */
  batchMembersSent: 300,
  /** Length at which we send a batch rather than add to it. */
  batchLengthSent: 8_388_608,

  /** Messages and their length waiting for a peer that is connected. */
  queueMessages: 50_000,
  queueLength: 134_217_728,
  /** The same for a peer whose transport is lost. */
  lingeringQueueMessages: 2_000,
  lingeringQueueLength: 16_777_216,

  /** Requests of one session that dispatch has not answered. */
  openRequests: 4096,
  /** Sessions of one identity, and of all. */
  sessionsPerPeer: 1_000,
  sessions: 50_000,
  /** Transports that have not sent a first message. */
  silentTransports: 2_000,
  /** Transports that ask for sessions which do not exist. */
  strayTransports: 1_000,
  /** Remembered validity stamps. */
  stamps: 250_000,
  /** Requests a client holds while it has no session. */
  pendingRequests: 20_000,
} as const

/** Spans of time in milliseconds, as the protocol's text names them in seconds. */
export const times = {
  /** From an open transport to its first message. */
  firstMessage: 20_000,
  connectTimeout: 60_000,
  reconnectTimeout: 7_200_000,
  /** Without a connection for so long, whoever waits is told why. */
  outageTold: 3_000,
  linger: 7_300_000,
  /** For a session whose handshake never ended. */
  lingerHalfOpen: 60_000,
  closeTimeout: 7_000,
  maxRtt: 120_000,
  noSessionCloseDelay: 1_000,
  validitySlop: 600_000,
  ttlMin: 15_000,
  ttlMax: 600_000,
  ttlDefault: 120_000,
  backoffStep: 500,
  backoffMax: 30_000,
} as const
