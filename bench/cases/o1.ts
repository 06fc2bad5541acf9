import type { BenchCase } from '../bench-case.ts'
import { holdContest, type Standing } from '../contest.ts'
import { figure, ratio, refusals, spread } from '../section.ts'
import { median, percentile } from '../statistics.ts'
import type { AllReply, SerialReply } from '../system.ts'
import { pairings } from '../systems/official.ts'

/** O1: our client and worker beside the official ones, all on our scheduler. */
export const o1: BenchCase = {
  id: 'O1',
  async run({ runs, short }) {
    const slices = short ? 100 : 500
    const jobs = short ? 3 : 10
    const tuning = { prefetch: 1 }
    const many = await holdContest({
      systems: pairings,
      tuning,
      runs,
      measure: (system) => system.runAll({ work: 'report', count: slices, size: 0 }),
    })
    const single = await holdContest({
      systems: pairings,
      tuning,
      runs,
      measure: (system) => system.runSerial({ work: 'report', count: jobs, size: 0 }),
    })
    const ours = {
      rate: median(rates(many[0], slices)),
      wait: percentile(latencies(single[0]), 0.5),
    }
    return {
      id: 'O1',
      title: 'official packages on our scheduler',
      intro:
        `One job of ${slices.toLocaleString('en')} slices that call \`progress\` and return x + 1, then ${jobs} jobs of one slice, one after the ` +
        `other; two sandboxes of our evaluator; ${runs} runs. The official client and worker are those of dcp-client 5.6.1, unmodified.`,
      head: [
        'pairing',
        'slices/s: median [range]',
        'ours ÷ it',
        'job of one slice, p50 ms',
        'its p50 ÷ ours',
      ],
      rows: many.map((standing, index) => {
        const wait = percentile(latencies(single[index]), 0.5)
        return [
          standing.system,
          spread(rates(standing, slices)),
          ratio(ours.rate, median(rates(standing, slices))),
          figure(wait),
          ratio(wait, ours.wait),
        ]
      }),
      notes: refusals([...many, ...single]),
      raw: { many, single },
    }
  },
}

function rates(standing: Standing<AllReply> | undefined, slices: number): number[] {
  return standing?.turns.map(({ reply }) => slices / (reply.ms / 1000)) ?? []
}

function latencies(standing: Standing<SerialReply> | undefined): number[] {
  return standing?.turns.flatMap(({ reply }) => [...reply.latenciesMs]) ?? []
}
