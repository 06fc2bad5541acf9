/** Counts what a sandbox says besides results: a flood of it ends the sandbox. */
import type { Clock } from '@manyhands/protocol'

import { noticesPerSecondMax } from '../limits.ts'

const secondMs = 1_000

/** What it returns throws when it is called too often. */
export function createNoticeCount(clock: Clock): () => void {
  let since = 0
  let notices = 0
  return () => {
    const now = clock.monotonic()
    if (now - since >= secondMs) {
      since = now
      notices = 0
    }
    notices += 1
    if (notices > noticesPerSecondMax) throw new Error('sent more notices than noticesPerSecondMax')
  }
}
