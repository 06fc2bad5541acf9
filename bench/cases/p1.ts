import type { BenchCase } from '../bench-case.ts'
import { holdContest, type Standing } from '../contest.ts'
import type { WorkOrder } from '../peers/work.mjs'
import { figure, refusals, spread } from '../section.ts'
import type { AllReply } from '../system.ts'
import { allSystems } from '../systems/all.ts'

const kinds = ['length', 'string', 'bytes'] as const
const mebibyte = 1_048_576

/** P1: large values in and out. */
export const p1: BenchCase = {
  id: 'P1',
  async run({ runs, short }) {
    const count = short ? 10 : 100
    const contests = new Map<WorkOrder['work'], Standing<AllReply>[]>()
    for (const work of kinds) {
      const order = { work, count, size: mebibyte }
      contests.set(
        work,
        await holdContest({
          systems: allSystems,
          tuning: { prefetch: 10 },
          runs,
          measure: (system) => system.runAll(order),
        }),
      )
    }
    const all = kinds.map((work) => contests.get(work) ?? [])
    const rate = (ms: number): number => (count * mebibyte) / 1e6 / (ms / 1000)
    const rows = (all[0] ?? []).map(({ system, durability }, index) => {
      const standings = all.map((contest) => contest[index]?.turns ?? [])
      const turns = standings.flat()
      return [
        system,
        ...standings.map((one) => spread(one.map(({ reply }) => rate(reply.ms)))),
        figure(Math.max(...turns.map((turn) => turn.submitterPeakMb))),
        figure(Math.max(...turns.map((turn) => turn.othersPeakMb))),
        durability,
      ]
    })
    return {
      id: 'P1',
      title: 'large values',
      intro: `${count} slices of 1 MiB, MB/s: a string in and its length out; a number in and a string out, or a \`Uint8Array\` out; ${runs} runs.`,
      head: [
        'system',
        'string in',
        'string out',
        'bytes out',
        'peak MB, submitter',
        'peak MB, the rest',
        'durability',
      ],
      rows: rows.filter((row) => row[1] !== '-' || row[2] !== '-'),
      notes: [...new Set(all.flatMap(refusals))],
      raw: Object.fromEntries(contests),
    }
  },
}
