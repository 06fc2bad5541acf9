/**
 * Live progress of a job: a bar with slices per second and time left on a terminal, a plain line
 * every tenth of the way otherwise. Drawn at most ten times a second.
 */
export interface Screen {
  readonly isTTY?: boolean
  readonly columns?: number
  write(text: string): unknown
}

export interface Progress {
  update(done: number, total: number): void
  /** Ends the line; call it before other output. */
  finish(): void
}

const redrawMs = 100
const plainSteps = 10
const barMax = 40

/** `1m 05s`, `12s`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.ceil(ms / 1000))
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m ${String(seconds % 60).padStart(2, '0')}s`
  return `${Math.floor(minutes / 60)}h ${String(minutes % 60).padStart(2, '0')}m`
}

function formatRate(perSecond: number): string {
  const digits = perSecond < 10 ? 1 : 0
  return `${perSecond.toFixed(digits)} slices/s`
}

export function createProgress(screen: Screen, monotonic: () => number): Progress {
  const started = monotonic()
  let drawn = -Infinity
  let step = -1
  let open = false

  function figures(done: number, total: number): string {
    const elapsed = monotonic() - started
    const perSecond = elapsed > 0 ? (done * 1000) / elapsed : 0
    const left = perSecond > 0 ? ((total - done) / perSecond) * 1000 : Infinity
    const ending = done >= total ? `in ${formatDuration(elapsed)}` : `${formatDuration(left)} left`
    const known = Number.isFinite(left) ? `, ${ending}` : ''
    return `${done} of ${total} slices, ${formatRate(perSecond)}${known}`
  }

  function drawBar(done: number, total: number): void {
    const text = figures(done, total)
    const width = Math.max(5, Math.min(barMax, (screen.columns ?? 80) - text.length - 6))
    const filled = Math.round((done / total) * width)
    screen.write(`\r[${'█'.repeat(filled)}${'░'.repeat(width - filled)}] ${text}\u001B[K`)
    open = true
  }

  return {
    update(done, total) {
      const now = monotonic()
      if (screen.isTTY === true) {
        if (now - drawn < redrawMs && done < total) return
        drawn = now
        drawBar(done, total)
        return
      }
      const here = Math.floor((done / total) * plainSteps)
      if (here === step) return
      step = here
      screen.write(`${figures(done, total)}\n`)
    },
    finish() {
      if (open) screen.write('\n')
      open = false
    },
  }
}
