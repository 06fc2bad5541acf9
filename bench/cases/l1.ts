import type { BenchCase } from '../bench-case.ts'
import { holdContest, type Standing } from '../contest.ts'
import { figure, refusals } from '../section.ts'
import { median, percentile } from '../statistics.ts'
import type { SerialReply } from '../system.ts'
import { allSystems } from '../systems/all.ts'
import { manyhands } from '../systems/manyhands.ts'

/** L1: one slice after the other; how long one waits. */
export const l1: BenchCase = {
  id: 'L1',
  async run({ runs, short }) {
    const count = short ? 50 : 1000
    const rounds = short ? 1 : Math.min(runs, 5)
    const tuning = { prefetch: 100 }
    const jobs = await holdContest({
      systems: allSystems,
      tuning,
      runs: rounds,
      measure: (system) => system.runSerial({ work: 'increment', count, size: 0 }),
    })
    const appended = await holdContest({
      systems: [manyhands],
      tuning,
      runs: rounds,
      measure: (system) =>
        system.ask<SerialReply>({ kind: 'append', work: 'increment', count, size: 0 }),
    })
    const ours = median(latencies(jobs[0]))
    const all = [
      ...jobs.map((standing) => ({ standing, what: 'a job of one slice' })),
      ...appended.map((standing) => ({ standing, what: 'one slice more in an open job' })),
    ]
    return {
      id: 'L1',
      title: 'one slice at a time',
      intro: `${count.toLocaleString('en')} times one slice, each submitted when the one before has come back; ${rounds} runs.`,
      head: ['system', 'p50 ms', 'p99 ms', 'its p50 ÷ ours', 'durability'],
      rows: all.flatMap(({ standing, what }) => {
        const times = latencies(standing)
        if (times.length === 0) return []
        return [
          [
            standing.system === manyhands.name ? `${standing.system}, ${what}` : standing.system,
            figure(percentile(times, 0.5)),
            figure(percentile(times, 0.99)),
            figure(percentile(times, 0.5) / ours),
            standing.durability,
          ],
        ]
      }),
      notes: refusals([...jobs, ...appended]),
      raw: { jobs, appended },
    }
  },
}

function latencies(standing: Standing<SerialReply> | undefined): number[] {
  return standing?.turns.flatMap(({ reply }) => [...reply.latenciesMs]) ?? []
}
