/** The last minutes of a worker: the slices in progress end, and everything there is to tell is told. */
import type { Clock } from '@manyhands/protocol'

import { limits } from './limits.ts'
import type { Patience } from './patience.ts'
import type { Outbox } from './results/outbox.ts'
import type { Relay } from './results/relay.ts'
import type { Crew } from './slices/crew.ts'
import type { SandboxPool } from './slices/sandbox-pool.ts'

export interface DrainDeps {
  readonly clock: Clock
  readonly patience: Patience
  readonly crew: Pick<Crew, 'drained' | 'running'>
  readonly pool: Pick<SandboxPool, 'killBusy'>
  readonly outbox: Pick<Outbox, 'empty' | 'flush'>
  readonly relay: Pick<Relay, 'flush'>
  readonly signal: AbortSignal
}

/** Time between two looks whether everything has left. */
const lookMs = 5

/** Resolves when nothing is left to do or to tell, or after `graceMs`; then by force. */
export async function drain(deps: DrainDeps, graceMs: number): Promise<void> {
  const { clock, crew, outbox, patience, pool, relay, signal } = deps

  async function outboxEmpty(): Promise<void> {
    while (!outbox.empty && !signal.aborted) {
      outbox.flush()
      await clock.sleep(lookMs, signal).catch(() => {
        // Closing: the loop ends by its own condition.
      })
    }
  }

  outbox.flush()
  const flushMs = Math.min(limits.stopFlushMs, graceMs / 2)
  await patience.wait(crew.drained(), graceMs - flushMs)
  if (crew.running > 0) {
    pool.killBusy()
    await patience.wait(crew.drained(), flushMs / 2)
  }
  await patience.wait(Promise.all([outboxEmpty(), relay.flush()]), flushMs)
}
