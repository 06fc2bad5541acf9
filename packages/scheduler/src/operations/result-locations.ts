/** Where results go that their owner keeps himself: locations made from his pattern (operations §15.6). */
import { createHash } from 'node:crypto'

import { idLength, slicesIn } from '@manyhands/protocol'
import type { Random, SliceSet } from '@manyhands/protocol'
import type { Artifacts } from '../jobs/inputs.ts'

type ResultStorage = NonNullable<Artifacts['resultStorage']>

/** A part in braces, which official clients percent-encode, perhaps with the characters wanted of it. */
const placeholder = /(?:\{|%7B)(\w+)(?::(\d+),(\d+))?(?:\}|%7D)/gi

/** One location for each slice, in the order of the slices. */
export function resultLocations(
  { details, params }: ResultStorage,
  { id }: { readonly id: string },
  slices: SliceSet,
  random: Random,
): string[] {
  const hash = createHash('sha256').update(JSON.stringify(params)).digest('hex')
  return Array.from(slicesIn(slices), (slice) => {
    const parts: Readonly<Record<string, () => string>> = {
      job: () => id,
      slice: () => String(slice),
      hash: () => hash,
      unique: () => random.token(idLength),
    }
    return details.replace(
      placeholder,
      (whole: string, part: string, start?: string, end?: string) => {
        const text = Object.hasOwn(parts, part) ? parts[part]?.() : undefined
        if (text === undefined) return whole
        return start === undefined ? text : text.slice(Number(start), Number(end))
      },
    )
  })
}
