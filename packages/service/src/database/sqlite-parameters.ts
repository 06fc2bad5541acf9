/** What may be bound to a statement: the same for both openers, whatever each of them would do itself. */
import { DcpError } from '@manyhands/protocol'

/**
 * libsql 0.5 aborts the whole process on a boolean and cuts text at NUL; node:sqlite takes an object for
 * named parameters. Throws TypeError for what a program must not pass, EBADARG for text with a NUL.
 */
export function assertParameters(parameters: readonly unknown[]): void {
  for (const value of parameters) {
    if (value === null || typeof value === 'bigint' || typeof value === 'number') continue
    if (value instanceof Uint8Array) continue
    if (typeof value !== 'string') throw new TypeError(`not an SQLite parameter: ${typeof value}`)
    if (value.includes('\0')) {
      throw new DcpError('EBADARG', 'text with a NUL character cannot be stored')
    }
  }
}
