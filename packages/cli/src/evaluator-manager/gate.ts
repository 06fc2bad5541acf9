/**
 * Asks all monitors again and again and tells when the machine becomes busy or idle. Until they have
 * been asked for the first time it is busy.
 */
import type { Clock } from '@manyhands/protocol'

import type { Monitor } from './monitor.ts'

export interface GateOptions {
  readonly monitors: readonly Monitor[]
  readonly pollMs: number
  /** Called with the reasons whenever they have changed; none means that the machine is idle. */
  readonly onChange: (reasons: readonly string[]) => void
}

export interface Gate {
  /** Why the machine is busy; empty when it is idle. */
  reasons(): readonly string[]
  /** Asks the monitors now. */
  look(): Promise<void>
  close(): void
}

async function ask({ look, name }: Monitor): Promise<string | undefined> {
  try {
    const reason = await look()
    return reason === undefined ? undefined : `${name}: ${reason}`
  } catch (error) {
    return `${name}: ${(error as Error).message}`
  }
}

/** Resolves when all monitors have been asked once. */
export async function openGate(options: GateOptions, clock: Clock): Promise<Gate> {
  const { monitors, onChange, pollMs } = options
  let reasons: readonly string[] = ['not looked yet']
  let closed = false
  let cancel = (): void => undefined
  let turn = 0

  async function look(): Promise<void> {
    const mine = (turn += 1)
    const found = await Promise.all(monitors.map(ask))
    // A later look began after this one and knows more.
    if (closed || mine !== turn) return
    const now = found.filter((reason) => reason !== undefined)
    const changed = now.join('\n') !== reasons.join('\n')
    reasons = now
    if (changed) onChange(now)
  }

  function poll(): void {
    cancel = clock.setTimer(pollMs, () => {
      void look().then(() => {
        if (!closed) poll()
      })
    })
  }

  await look()
  poll()
  return {
    reasons: () => reasons,
    look,
    close() {
      closed = true
      cancel()
    },
  }
}
