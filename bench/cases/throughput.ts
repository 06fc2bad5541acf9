// What the cases that submit many slices at once have in common: the table.
import type { Standing } from '../contest.ts'
import { figure, ratio, spread } from '../section.ts'
import { median } from '../statistics.ts'
import type { AllReply } from '../system.ts'

export interface ThroughputTable {
  readonly standings: readonly Standing<AllReply>[]
  readonly slices: number
  /** The head of the column of figures, such as `slices/s`. */
  readonly unit: string
  /** The figure of a run that took so long; more is better. */
  figureOf(ms: number): number
}

/** One row per system that ran, the first of which is ours. */
export function throughputRows(table: ThroughputTable): {
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
} {
  const figures = table.standings.map(({ turns }) =>
    turns.map(({ reply }) => table.figureOf(reply.ms)),
  )
  const ours = median(figures[0] ?? [])
  const rows = table.standings.flatMap((standing, index) => {
    const values = figures[index] ?? []
    if (values.length === 0) return []
    const { turns } = standing
    const cpuSeconds = turns.map((turn) => (turn.cpuSeconds / table.slices) * 1000)
    return [
      [
        standing.system,
        spread(values),
        index === 0 ? '1' : ratio(ours, median(values)),
        figure(Math.max(...turns.map((turn) => turn.submitterPeakMb))),
        figure(Math.max(...turns.map((turn) => turn.othersPeakMb))),
        figure(median(cpuSeconds)),
        standing.durability,
      ],
    ]
  })
  const head = [
    'system',
    `${table.unit}: median [range]`,
    'ours ÷ it',
    'peak MB, submitter',
    'peak MB, the rest',
    'CPU s per 1,000 slices',
    'durability',
  ]
  return { head, rows }
}
