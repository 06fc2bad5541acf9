/** Values in memory: for tests, and for a scheduler whose database is in memory as well. */
import { createHash } from 'node:crypto'
import { Readable } from 'node:stream'

import { type Clock, DcpError } from '@manyhands/protocol'

import { limits } from '../limits.ts'
import type { ValueStore } from './value-store.ts'

export interface MemoryValueStore extends ValueStore {
  /** Values that are kept now. */
  readonly size: number
}

/** Keys are plain hashes: values in memory are served to nobody who should not see them. */
export function createMemoryValueStore({ clock }: { readonly clock: Clock }): MemoryValueStore {
  const values = new Map<string, { readonly text: string; at: number; holders: number }>()

  function find(key: string): string {
    const value = values.get(key)
    if (value === undefined) throw new DcpError('ENOENT', 'there is no such value')
    return value.text
  }

  return {
    get size() {
      return values.size
    },
    keep(text) {
      const key = createHash('sha256').update(text).digest('hex')
      const value = values.get(key) ?? { text, at: 0, holders: 0 }
      values.set(key, value)
      value.at = clock.now()
      value.holders += 1
      let released = false
      function release(): void {
        if (!released) value.holders -= 1
        released = true
      }
      return Promise.resolve({ key, release })
    },
    read: async (key) => find(key),
    async open(key) {
      const bytes = Buffer.from(find(key))
      return { size: bytes.length, first: find(key).slice(0, 1), stream: Readable.from([bytes]) }
    },
    sweep(usedAmong) {
      const old = [...values].filter(
        ([, { at, holders }]) => holders === 0 && clock.now() - at > limits.valueOrphanMs,
      )
      const used = usedAmong(old.map(([key]) => key))
      const unused = old.filter(([key]) => !used.has(key))
      for (const [key] of unused) values.delete(key)
      return Promise.resolve(unused.length)
    },
    close: () => Promise.resolve(),
    [Symbol.asyncDispose]: () => Promise.resolve(),
  }
}
