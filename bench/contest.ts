// Runs systems beside each other on the same work: one warm-up, then rounds in which every system
// has one turn, in a random order, so that a noisy neighbour disturbs all of them alike.
import { cpuSecondsOf, peakMemoryMbOf, resetPeaks } from './process-usage.ts'
import { shuffled } from './statistics.ts'
import type { RunningSystem, System, Tuning } from './system.ts'

/** What one turn of one system told. */
export interface Turn<Reply> {
  readonly reply: Reply
  readonly submitterPeakMb: number
  readonly othersPeakMb: number
  readonly cpuSeconds: number
}

/** All turns of one system; `refused` says why it did not run, or failed half-way. */
export interface Standing<Reply> {
  readonly system: string
  readonly durability: string
  readonly turns: readonly Turn<Reply>[]
  readonly refused?: string
}

export interface ContestOptions<Reply extends { readonly wrong: number }> {
  readonly systems: readonly System[]
  readonly tuning: Tuning
  readonly runs: number
  readonly measure: (system: RunningSystem) => Promise<Reply>
}

/** Lets the systems compete. A turn with a missing, repeated or wrong slice ends its system. */
export async function holdContest<Reply extends { readonly wrong: number }>(
  options: ContestOptions<Reply>,
): Promise<Standing<Reply>[]> {
  const entries = options.systems.map((system) => ({
    system,
    turns: [] as Turn<Reply>[],
    running: undefined as RunningSystem | undefined,
    refused: system.unavailable(),
  }))
  try {
    for (const entry of entries) {
      if (entry.refused !== undefined) continue
      try {
        entry.running = await entry.system.start(options.tuning)
      } catch (error) {
        entry.refused = `did not start: ${String(error)}`
      }
    }
    for (let round = 0; round <= options.runs; round++) {
      for (const entry of shuffled(entries)) {
        if (entry.running === undefined || entry.refused !== undefined) continue
        try {
          const turn = await takeTurn(entry.running, options.measure)
          // Round 0 is the warm-up.
          if (round > 0) entry.turns.push(turn)
        } catch (error) {
          entry.refused = `failed in round ${round}: ${String(error)}`
        }
        process.stderr.write('.')
      }
    }
  } finally {
    for (const { running } of entries) await running?.close()
  }
  return entries.map(({ system: { name, durability }, turns, refused }) => ({
    system: name,
    durability,
    turns,
    ...(refused === undefined ? {} : { refused }),
  }))
}

async function takeTurn<Reply extends { readonly wrong: number }>(
  system: RunningSystem,
  measure: (system: RunningSystem) => Promise<Reply>,
): Promise<Turn<Reply>> {
  const everyone = [system.submitterPid, ...system.otherPids]
  resetPeaks(everyone)
  const before = cpuSecondsOf(everyone)
  const reply = await measure(system)
  if (reply.wrong > 0) throw new Error(`${reply.wrong} slices missing, repeated or wrong`)
  return {
    reply,
    submitterPeakMb: peakMemoryMbOf([system.submitterPid]),
    othersPeakMb: peakMemoryMbOf(system.otherPids),
    cpuSeconds: cpuSecondsOf(everyone) - before,
  }
}
