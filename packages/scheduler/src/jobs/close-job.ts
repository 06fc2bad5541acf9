/** Closes a job to further slices; one whose slices all have results finishes at once. */
import type { Turn } from '../turn.ts'
import type { FoundJob } from './find-job.ts'
import { writeClosed } from './jobs-store.ts'
import { startJob } from './start-job.ts'

export function closeJob(turn: Turn, { live }: FoundJob): void {
  if (live === undefined || live.closed) return
  live.closed = true
  writeClosed(turn.tx, live.no)
  startJob(turn, live)
}
