/** Cuts a stream of bytes into lines of text. */
import { guestLimits } from '../../limits.ts'
import { joinParts } from '../join-parts.ts'

const lineFeed = 10
const decoder = new TextDecoder()

/**
 * Yields lines without their end. What follows the last line feed is no line.
 * @throws RangeError when a line is longer than `lineBytesMax`.
 */
export async function* splitLines(chunks: AsyncIterable<Uint8Array>): AsyncIterable<string> {
  let parts: Uint8Array[] = []
  let length = 0
  for await (const chunk of chunks) {
    let from = 0
    for (let end = chunk.indexOf(lineFeed); end >= 0; end = chunk.indexOf(lineFeed, from)) {
      parts.push(chunk.subarray(from, end))
      yield decoder.decode(joinParts(parts, length + end - from))
      parts = []
      length = 0
      from = end + 1
    }
    parts.push(chunk.subarray(from))
    length += chunk.byteLength - from
    if (length > guestLimits.lineBytesMax) throw new RangeError('a line over lineBytesMax')
  }
}
