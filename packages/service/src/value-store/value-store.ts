/**
 * Where long values are kept beside a database: texts named by what they say, so that the same text
 * is kept once, under names that nobody can guess who does not know the text and the secret.
 */
import type { Readable } from 'node:stream'

export interface ValueStore extends AsyncDisposable {
  /**
   * Keeps a text: it survives a crash from the moment this resolves.
   * @throws DcpError `ENOSPC` when there is no room for it; then nothing is kept.
   */
  keep(text: string): Promise<KeptValue>
  /** @throws DcpError `ENOENT` for a key that nothing is kept under. */
  read(key: string): Promise<string>
  /** @throws DcpError `ENOENT` as `read` does. */
  open(key: string): Promise<OpenValue>
  /**
   * Removes what has been kept for an hour and is in no use; the number of values removed. `usedAmong`
   * tells which of some keys a row names: it is asked and believed at the same moment.
   */
  sweep(usedAmong: (keys: readonly string[]) => ReadonlySet<string>): Promise<number>
  /** Waits for what is being written. */
  close(): Promise<void>
}

export interface KeptValue {
  readonly key: string
  /** To be called once the row that names the key is committed, or will never be. */
  release(): void
}

/** A value about to be read piece by piece; its stream is destroyed by whoever does not read it. */
export interface OpenValue {
  /** Bytes. */
  readonly size: number
  /** The first character of the text. */
  readonly first: string
  readonly stream: Readable
}

/** True for texts that can be keys. */
export function isValueKey(text: string): boolean {
  return /^[0-9a-f]{64}$/.test(text)
}
