import type { BenchCase } from '../bench-case.ts'
import { directorySize } from '../directory-size.ts'
import type { RangeReply } from '../manyhands-client.ts'
import { figure, spread } from '../section.ts'
import { shuffled } from '../statistics.ts'
import { bullmqEverySecond } from '../systems/bullmq.ts'
import { startManyhands } from '../systems/manyhands.ts'

const powers = [3, 6, 9, 15]

interface RangeRun extends RangeReply {
  readonly power: number
  readonly storedBytes: number
}

/** R1: ranges of any size; deploying must not cost what computing would. */
export const r1: BenchCase = {
  id: 'R1',
  async run({ runs }) {
    const measured = await deployRanges(runs)
    const peer = await deployAtPeer()
    const rows = powers.map((power) => {
      const own = measured.filter((run) => run.power === power)
      return [
        `10^${power}`,
        spread(own.map((run) => run.acceptedMs)),
        spread(own.map((run) => run.firstResultMs)),
        spread(own.map((run) => run.thousandthResultMs)),
        spread(own.map((run) => run.acceptedBytes)),
        spread(own.map((run) => run.storedBytes)),
      ]
    })
    return {
      id: 'R1',
      title: 'ranges of any size',
      intro:
        'The range 1 to N of `x => x + 1` is deployed, its first 1,000 results are taken, then it is cancelled; ' +
        `N in random order, ${runs} runs. Bytes are the growth of the data directory, write-ahead log included.`,
      head: [
        'N',
        'accepted, ms',
        'first result, ms',
        '1,000th result, ms',
        'bytes when accepted',
        'bytes when cancelled',
      ],
      rows,
      notes: [peer.note],
      raw: { measured, peer },
    }
  },
}

async function deployRanges(runs: number): Promise<RangeRun[]> {
  const system = await startManyhands()
  const measured: RangeRun[] = []
  try {
    for (let round = 0; round <= runs; round++) {
      for (const power of shuffled(powers)) {
        const directory = system.dataDirectory
        const before = await directorySize(directory)
        const reply = await system.ask<RangeReply>({ kind: 'range', end: 10 ** power, directory })
        if (reply.wrong > 0) throw new Error(`${reply.wrong} wrong results of 10^${power}`)
        const storedBytes = (await directorySize(directory)) - before
        if (round > 0) measured.push({ power, storedBytes, ...reply })
        process.stderr.write('.')
      }
    }
  } finally {
    await system.close()
  }
  return measured
}

/** How long a queue with an entry for each item takes; measured small, extrapolated from there. */
async function deployAtPeer(): Promise<{ readonly note: string; readonly ms?: number }> {
  const missing = bullmqEverySecond.unavailable()
  if (missing !== undefined) return { note: `BullMQ: not run (${missing}).` }
  const items = 50_000
  const system = await bullmqEverySecond.start({ prefetch: 100 })
  try {
    const { ms } = await system.ask<{ ms: number }>({ kind: 'deploy', count: items })
    const hours = (ms * 1e9) / items / 3.6e6
    return {
      ms,
      note:
        `For comparison, ${bullmqEverySecond.name} took ${figure(ms)} ms to accept ${items.toLocaleString('en')} ` +
        `items, which makes ${figure(hours)} hours for 10^9 (extrapolated).`,
    }
  } finally {
    await system.close()
  }
}
