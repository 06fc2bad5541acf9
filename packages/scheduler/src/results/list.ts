/** Which slices of a job have results: looked through in parts, so that nobody waits long for it. */
import { DcpError, intersectSliceSet } from '@manyhands/protocol'
import type { SliceSet } from '@manyhands/protocol'
import { listPartMax, listRunsMax } from '../limits.ts'
import type { Turns } from '../turn.ts'
import { runsOfResults } from './results-store.ts'

/** @throws DcpError `ETOOBIG` when they are scattered over more runs than a reply may hold. */
export async function listResults(
  turns: Pick<Turns, 'take'>,
  job: number,
  wanted: SliceSet | undefined,
): Promise<SliceSet> {
  const last = wanted === undefined ? Number.MAX_SAFE_INTEGER : (wanted.at(-1)?.[1] ?? 0)
  const runs: [number, number][] = []
  for (let from = wanted?.[0]?.[0] ?? 1; from <= last;) {
    // oxlint-disable-next-line no-await-in-loop -- others have their turns between two parts
    const part = await turns.take(({ tx }) => {
      return runsOfResults(tx, job, { from, last, limit: listPartMax })
    })
    for (const [first, end] of part.runs) {
      const before = runs.at(-1)
      if (before !== undefined && before[1] === first - 1) before[1] = end
      else runs.push([first, end])
    }
    const end = part.runs.at(-1)?.[1]
    if (end === undefined || part.count < listPartMax) break
    if (runs.length > listRunsMax) {
      const message = `results in more than ${listRunsMax} runs of slices: list up to ${end} first`
      throw new DcpError('ETOOBIG', message)
    }
    from = end + 1
  }
  return wanted === undefined ? runs : intersectSliceSet(runs, wanted)
}
