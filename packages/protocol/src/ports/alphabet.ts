/** Evenly distributed characters of ids and tokens. */

const alphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz'

/** Bytes from here up are thrown away, or the first eight characters would come more often. */
const fairBytes = 256 - (256 % alphabet.length)

/** `length` characters of `[0-9A-Za-z]` drawn from a source of random bytes. */
export function drawToken(length: number, bytes: (count: number) => Uint8Array): string {
  let token = ''
  while (token.length < length) {
    for (const byte of bytes(length - token.length + 2)) {
      if (byte < fairBytes && token.length < length)
        token += alphabet.charAt(byte % alphabet.length)
    }
  }
  return token
}
