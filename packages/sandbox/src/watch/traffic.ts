/**
 * Counts the bytes that cross the border of a sandbox and says which slice they were for. They are
 * counted as they pass, in the supervisor; a guest can name another slice of its own batch, never other
 * numbers.
 */
export interface Traffic {
  /** An order went in: its bytes are shared among the slices by the length of their inputs. */
  ordered(slices: readonly number[], lengths: readonly number[], bytes: number): void
  /** Bytes that went in, or came out, for one slice. */
  wentIn(slice: number, bytes: number): void
  cameOut(slice: number, bytes: number): void
  /** A flush came out: its bytes are shared among the slices by the length of what they returned. */
  flushed(slices: readonly number[], lengths: readonly number[], bytes: number): void
  /** What was counted for a slice, which is forgotten. */
  take(slice: number): { readonly bytesIn: number; readonly bytesOut: number }
}

/** Whole parts of `bytes`, in proportion to the lengths and one more each, that add up to it. */
function share(bytes: number, lengths: readonly number[]): readonly number[] {
  const all = lengths.reduce((sum, length) => sum + length + 1, 0)
  let passed = 0
  let given = 0
  return lengths.map((length) => {
    passed += length + 1
    const upTo = Math.round(bytes * (passed / all))
    const part = upTo - given
    given = upTo
    return part
  })
}

export function createTraffic(): Traffic {
  const went = new Map<number, number>()
  const came = new Map<number, number>()

  function add(counts: Map<number, number>, slice: number, bytes: number): void {
    counts.set(slice, (counts.get(slice) ?? 0) + bytes)
  }

  function addShares(
    counts: Map<number, number>,
    slices: readonly number[],
    parts: readonly number[],
  ): void {
    for (const [index, slice] of slices.entries()) add(counts, slice, parts[index] ?? 0)
  }

  return {
    ordered: (slices, lengths, bytes) => addShares(went, slices, share(bytes, lengths)),
    flushed: (slices, lengths, bytes) => addShares(came, slices, share(bytes, lengths)),
    wentIn: (slice, bytes) => add(went, slice, bytes),
    cameOut: (slice, bytes) => add(came, slice, bytes),
    take(slice) {
      const counted = { bytesIn: went.get(slice) ?? 0, bytesOut: came.get(slice) ?? 0 }
      went.delete(slice)
      came.delete(slice)
      return counted
    },
  }
}
