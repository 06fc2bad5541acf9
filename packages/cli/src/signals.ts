/**
 * When to leave: on Ctrl-C, SIGTERM, or when the process that started this one is gone. Asked a
 * second time (not at once: a terminal and a parent may both pass one Ctrl-C on) it hurries.
 */
import { performance } from 'node:perf_hooks'

export interface Leaving {
  /** Aborted when the program should stop in order. */
  readonly signal: AbortSignal
  /** Aborted when it should stop at once. */
  readonly hurry: AbortSignal
  /** Asks to stop as a signal would. */
  leave(): void
  /** Stops listening. */
  close(): void
}

const secondCallMs = 700

/**
 * `lifeline`: standard input is held open by the parent and ends when the parent does. `except`:
 * signals that mean something else to the program.
 */
export function listenForLeaving(
  lifeline = false,
  except: readonly NodeJS.Signals[] = [],
): Leaving {
  const stop = new AbortController()
  const hurry = new AbortController()
  let first: number | undefined

  function ask(): void {
    const now = performance.now()
    if (first === undefined) {
      first = now
      stop.abort()
    } else if (now - first > secondCallMs) hurry.abort()
  }
  function orphaned(): void {
    stop.abort()
    hurry.abort()
  }

  const all: readonly NodeJS.Signals[] = ['SIGINT', 'SIGTERM', 'SIGHUP']
  const signals = all.filter((name) => !except.includes(name))
  for (const name of signals) process.on(name, ask)
  process.on('disconnect', orphaned)
  process.channel?.unref()
  if (lifeline) process.stdin.once('end', orphaned).resume()
  return {
    signal: stop.signal,
    hurry: hurry.signal,
    leave: ask,
    close() {
      for (const name of signals) process.off(name, ask)
      process.off('disconnect', orphaned)
      if (process.connected) process.disconnect()
      if (lifeline) process.stdin.off('end', orphaned).destroy()
    },
  }
}

/** Resolves when the program should stop. */
export function untilLeaving({ signal }: Leaving): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve()
    else signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
