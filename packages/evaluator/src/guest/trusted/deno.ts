/** The few things the trusted thread takes from Deno; nothing here needs a permission. */
interface DenoStreams {
  readonly args: readonly string[]
  readonly stdin: {
    read(buffer: Uint8Array): Promise<number | null>
    readSync(buffer: Uint8Array): number | null
  }
  readonly stdout: { writeSync(bytes: Uint8Array): number }
  exit(status: number): never
}

const deno = (globalThis as unknown as { Deno: DenoStreams }).Deno
const readBytes = 64 << 10

export const programArguments: readonly string[] = deno.args

/** Writes all of it; blocks while the supervisor does not read, which is the flow control. */
export function writeAll(bytes: Uint8Array): void {
  let offset = 0
  while (offset < bytes.byteLength) offset += deno.stdout.writeSync(bytes.subarray(offset))
}

export function exit(status: number): never {
  return deno.exit(status)
}

/** Exactly so many bytes, or `undefined` at the end of the stream. */
export type ReadExactly = (length: number) => Promise<Uint8Array | undefined>

export interface Input {
  /** A thread of the pool reads, and this one goes on with whatever else happens. */
  readonly read: ReadExactly
  /** This thread stands still until the bytes are there; nothing has to be woken twice. */
  readonly readStandingStill: ReadExactly
}

/** Buffered reading from the standard input; no byte handed out is ever overwritten. */
export function openInput(): Input {
  let buffer = new Uint8Array(readBytes)
  let start = 0
  let end = 0

  function makeRoom(length: number): void {
    if (buffer.byteLength - start >= length) return
    const next = new Uint8Array(Math.max(readBytes, length))
    next.set(buffer.subarray(start, end))
    buffer = next
    end -= start
    start = 0
  }

  function reading(
    fill: (room: Uint8Array) => Promise<number | null> | number | null,
  ): ReadExactly {
    return async (length) => {
      makeRoom(length)
      while (end - start < length) {
        const count = await fill(buffer.subarray(end))
        if (count === null) return undefined
        end += count
      }
      const bytes = buffer.subarray(start, start + length)
      start += length
      return bytes
    }
  }

  return {
    read: reading((room) => deno.stdin.read(room)),
    readStandingStill: reading((room) => deno.stdin.readSync(room)),
  }
}

/** Chunks of the standard input as they come, until it ends. */
export async function* readChunks(): AsyncIterable<Uint8Array> {
  for (;;) {
    const chunk = new Uint8Array(readBytes)
    const count = await deno.stdin.read(chunk)
    if (count === null) return
    yield chunk.subarray(0, count)
  }
}
