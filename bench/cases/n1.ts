import type { BenchCase } from '../bench-case.ts'
import { holdContest } from '../contest.ts'
import { refusals } from '../section.ts'
import { allSystems } from '../systems/all.ts'
import { throughputRows } from './throughput.ts'

/** N1: slices that do nothing; what a slice costs. */
export const n1: BenchCase = {
  id: 'N1',
  async run({ runs, short }) {
    const slices = short ? 2000 : 20_000
    const standings = await holdContest({
      systems: allSystems,
      tuning: { prefetch: 500 },
      runs,
      measure: (system) => system.runAll({ work: 'increment', count: slices, size: 0 }),
    })
    return {
      id: 'N1',
      title: 'slices that do nothing',
      intro: `${slices.toLocaleString('en')} slices of \`x => x + 1\`, submitted at once, 2 workers; ${runs} runs.`,
      ...throughputRows({
        standings,
        slices,
        unit: 'slices/s',
        figureOf: (ms) => slices / (ms / 1000),
      }),
      notes: refusals(standings),
      raw: standings,
    }
  },
}
