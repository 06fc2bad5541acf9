/** The way of the worker's bytes into a sandbox, where lines of ours may come between its lines. */
import { Transform } from 'node:stream'

const lineFeed = 10

export interface Inlet {
  readonly stream: Transform
  /** Adds a whole line after the worker's next one, or at once when it is between two. */
  add(line: Buffer): void
}

export function createInlet(): Inlet {
  const waiting: Buffer[] = []
  let between = true

  function addWaiting(): void {
    for (const line of waiting.splice(0)) stream.push(line)
  }

  const stream = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      const end = chunk.lastIndexOf(lineFeed) + 1
      between = end === chunk.byteLength
      if (waiting.length > 0 && end > 0) {
        stream.push(chunk.subarray(0, end))
        addWaiting()
        if (!between) stream.push(chunk.subarray(end))
      } else stream.push(chunk)
      done()
    },
  })
  return {
    stream,
    add(line) {
      waiting.push(line)
      if (between && !stream.writableEnded && !stream.destroyed) addWaiting()
    },
  }
}
