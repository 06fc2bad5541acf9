/** Limits of how a sandbox is driven. What a guest may do with them is never more than its own job. */

/** Payload of one frame, and of one message made of several; checked before anything is allocated. */
export const frameBytesMax: number = 1 << 20
export const messageBytesMax: number = 64 << 20

/** A batch travels in parts of at most this many characters of values, or of one slice. */
export const partLengthMax: number = 8 << 20

/** Frames that carry no results (progress, console, events, signs of life), per second. */
export const noticesPerSecondMax = 4_000

/** An event name, a reason, and the parts of an error; longer ones are cut. */
export const nameLengthMax = 256
export const textLengthMax = 32_768

/** Modules asked for in one request, the length of an id, and all sources one sandbox may get. */
export const moduleIdsMax = 256
export const moduleIdLengthMax = 512
export const moduleSourcesLengthMax: number = 64 << 20
/** How long the modules of one request may take to come. */
export const moduleLoadMs = 300_000

/** Fetches of one sandbox: at the same time, and in all. */
export const fetchesInFlightMax = 16
export const fetchesMax = 10_000
export const fetchUrlLengthMax = 16_384
export const fetchHeadersMax = 200
/** The body of a request, and of a response after decompression, bytes. */
export const fetchRequestBytesMax: number = 32 << 20
export const fetchResponseBytesMax: number = 32 << 20
/** A fetch with all its redirects, and how many those may be. */
export const fetchMs = 60_000
export const fetchRedirectsMax = 10

/** A slice that ends sooner may do without any call of `progress`. */
export const quietFinishMs = 30_000

/** Processor time is read at most this often while a batch runs; results wait for it. */
export const cpuSampleMs = 200

/** A sandbox that rests is looked at so soon, then ever more rarely … */
export const idleLookMs = 2_000
export const idleLookMaxMs = 32_000

/** A sandbox sends a sign of life every five seconds; silent for so long it is taken for dead. */
export const silentMs = 60_000

/** How long starting a sandbox, and loading a work function into it, may take. */
export const startMs = 20_000
export const assignMs = 60_000
/** The same when an interpreter is loaded with it: seconds of computing, on a machine that may be busy. */
export const interpreterMs = 180_000

/** After a stream has broken, how long to wait for the evaluator to say why. */
export const endNoticeMs = 10_000

/** One line of the evaluator's control channel. */
export const controlLineLengthMax = 65_536

/** Sandboxes that wait, started and empty, for the next `create`. */
export const sparesMax = 8

/** What one sandbox may use and how long a slice may take. */
export interface SandboxLimits {
  /** JavaScript heap, mebibytes. */
  readonly heapMib: number
  /** Resident memory of the whole process, mebibytes. */
  readonly memoryMib: number
  /** A slice that has made no call of `progress` for so long is ended with `ENOPROGRESS`. */
  readonly noProgressMs: number
  /** A slice that has run for so long is ended with `ESLICETOOSLOW`. */
  readonly sliceMs: number
  /** What a sandbox may use of processors between two looks while it has no slice: it tidies up. */
  readonly idleMs: number
}

export const defaultLimits: SandboxLimits = {
  heapMib: 1024,
  memoryMib: 2048,
  noProgressMs: 300_000,
  sliceMs: 86_400_000,
  idleMs: 500,
}
