import type { BenchCase } from '../bench-case.ts'
import { holdContest, type Standing } from '../contest.ts'
import { work, type WorkOrder } from '../peers/work.mjs'
import { figure, refusals, spread } from '../section.ts'
import { median } from '../statistics.ts'
import type { AllReply } from '../system.ts'
import { allSystems } from '../systems/all.ts'
import { plainNode } from '../systems/plain-node.ts'

/** C1: slices that compute for 10 ms or 1 ms; what is lost beside the computing. */
export const c1: BenchCase = {
  id: 'C1',
  async run({ runs, short }) {
    const iterationsPerMs = calibrate()
    const share = short ? 10 : 1
    const long = await compete(runs, 500 / share, 10, iterationsPerMs)
    const brief = await compete(runs, 2000 / share, 1, iterationsPerMs)
    const rows = long.map(({ system, durability, turns }, index) => [
      system,
      spread(shares(turns, long)),
      spread(shares(brief[index]?.turns ?? [], brief)),
      figure(median(turns.map((turn) => (turn.cpuSeconds / 500) * share * 1000))),
      durability,
    ])
    return {
      id: 'C1',
      title: 'slices that compute',
      intro:
        `${500 / share} slices of 10 ms and ${2000 / share} of 1 ms of integer steps on 2 workers; ${runs} runs. The ` +
        'ideal is two plain Node processes that split the same loop, nothing between, in turn with the others.',
      head: [
        'system',
        '10 ms, % of ideal: median [range]',
        '1 ms, % of ideal: median [range]',
        'CPU s per 1,000 slices of 10 ms',
        'durability',
      ],
      rows: rows.filter((row) => row[1] !== '-'),
      notes: refusals(long),
      raw: { iterationsPerMs, long, brief },
    }
  },
}

function compete(
  runs: number,
  count: number,
  ms: number,
  iterationsPerMs: number,
): Promise<Standing<AllReply>[]> {
  const order: WorkOrder = { work: 'spin', count, size: Math.round(ms * iterationsPerMs) }
  return holdContest({
    systems: [...allSystems, plainNode],
    // Enough to hide the way there, and no more, or one worker idles at the end.
    tuning: { prefetch: ms === 1 ? 10 : 2 },
    runs,
    measure: (system) => system.runAll(order),
  })
}

/** Percentages of the median of the ideal. */
function shares(
  turns: Standing<AllReply>['turns'],
  standings: readonly Standing<AllReply>[],
): number[] {
  const ideal = median(standings.at(-1)?.turns.map(({ reply }) => reply.ms) ?? [])
  return turns.map(({ reply }) => (ideal / reply.ms) * 100)
}

function calibrate(): number {
  const iterations = 50_000_000
  const times = Array.from({ length: 5 }, () => {
    const began = performance.now()
    work.spin(1, iterations)
    return performance.now() - began
  })
  return iterations / Math.min(...times)
}
