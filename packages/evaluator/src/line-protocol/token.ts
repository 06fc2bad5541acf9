/**
 * The one-line greeting of connections from other machines: whoever reaches the port gets to run
 * code, so nobody does without the token. The official worker has none; it connects locally.
 */
import { timingSafeEqual, createHash } from 'node:crypto'
import type { Socket } from 'node:net'

import { lineLimits } from './limits.ts'

const lineFeed = 10

function digest(text: string | Buffer): Buffer {
  return createHash('sha256').update(text).digest()
}

/** @throws Error when it is too short to keep anybody out. */
export function assertToken(token: string): void {
  const { tokenLengthMax, tokenLengthMin } = lineLimits
  if (token.length < tokenLengthMin || token.length > tokenLengthMax) {
    throw new Error(`a token has ${tokenLengthMin} to ${tokenLengthMax} characters`)
  }
}

/** Reads the first line; what follows it stays in the socket. False: it was not the token. */
export function showsToken(socket: Socket, token: string): Promise<boolean> {
  return new Promise((resolve) => {
    let head = Buffer.alloc(0)
    const late = setTimeout(() => finish(false), lineLimits.tokenMs)
    function finish(shown: boolean): void {
      clearTimeout(late)
      socket.off('data', read)
      socket.off('close', leave)
      socket.pause()
      resolve(shown)
    }
    function leave(): void {
      finish(false)
    }
    function read(chunk: Buffer): void {
      head = Buffer.concat([head, chunk])
      const end = head.indexOf(lineFeed)
      if (end < 0 && head.byteLength <= lineLimits.tokenLengthMax + 1) return
      const line = end < 0 ? head : head.subarray(0, end)
      const rest = end < 0 ? Buffer.alloc(0) : head.subarray(end + 1)
      const shown = timingSafeEqual(digest(line), digest(token))
      finish(shown)
      if (shown && rest.byteLength > 0) socket.unshift(rest)
    }
    socket.on('data', read)
    socket.once('close', leave)
    socket.resume()
  })
}
