/** The few things the trusted thread takes from Deno; nothing here needs a permission. */
interface DenoStreams {
  readonly args: readonly string[]
  readonly stdin: { read(buffer: Uint8Array): Promise<number | null> }
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

/** Buffered reading from the standard input; no byte handed out is ever overwritten. */
export function createReader(): (length: number) => Promise<Uint8Array | undefined> {
  let buffer = new Uint8Array(readBytes)
  let start = 0
  let end = 0
  return async (length) => {
    if (buffer.byteLength - start < length) {
      const next = new Uint8Array(Math.max(readBytes, length))
      next.set(buffer.subarray(start, end))
      buffer = next
      end -= start
      start = 0
    }
    while (end - start < length) {
      const count = await deno.stdin.read(buffer.subarray(end))
      if (count === null) return undefined
      end += count
    }
    const bytes = buffer.subarray(start, start + length)
    start += length
    return bytes
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
