/** Cuts what a sandbox writes into lines; a line that grows too long ends its session. */
import { RefusedLine } from './check-value.ts'
import { lineLimits } from './limits.ts'

const lineFeed = 10
const decoder = new TextDecoder()

export interface LineSplitter {
  /** @throws RefusedLine when a line is longer than `lineBytesMax`. */
  push(chunk: Buffer): readonly string[]
}

export function createLineSplitter(): LineSplitter {
  let parts: Buffer[] = []
  let length = 0

  function take(last: Buffer): string {
    const line = decoder.decode(parts.length === 0 ? last : Buffer.concat([...parts, last]))
    parts = []
    length = 0
    return line
  }

  return {
    push(chunk) {
      const lines: string[] = []
      let from = 0
      for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, from)) {
        lines.push(take(chunk.subarray(from, end)))
        from = end + 1
      }
      parts.push(chunk.subarray(from))
      length += chunk.byteLength - from
      if (length > lineLimits.lineBytesMax) throw new RefusedLine('a line that is too long')
      return lines
    },
  }
}
