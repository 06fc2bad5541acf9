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
const paceMs = 10_000
const paceMinMs = 1_000

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

/** Slices per second over the last seconds, so that a job that was taken up again is judged by now. */
interface Pace {
  note(at: number, done: number): void
  readonly perSecond: number | undefined
}

function createPace(): Pace {
  const seen: { readonly at: number; readonly done: number }[] = []
  return {
    note(at, done) {
      const before = seen.at(-2)
      if (before !== undefined && at - before.at < redrawMs) seen.pop()
      seen.push({ at, done })
      while (seen.length > 2 && at - (seen[1]?.at ?? at) > paceMs) seen.shift()
    },
    get perSecond() {
      const [first] = seen
      const last = seen.at(-1)
      if (first === undefined || last === undefined) return undefined
      if (last.at - first.at < paceMinMs) return undefined
      return ((last.done - first.done) * 1000) / (last.at - first.at)
    },
  }
}

export function createProgress(screen: Screen, monotonic: () => number): Progress {
  const started = monotonic()
  const pace = createPace()
  let drawn = -Infinity
  let step = -1
  let open = false

  function figures(done: number, total: number): string {
    const { perSecond } = pace
    const parts = [`${done} of ${total} slices`]
    if (perSecond !== undefined && perSecond > 0) parts.push(formatRate(perSecond))
    if (done >= total) parts.push(`in ${formatDuration(monotonic() - started)}`)
    else if (perSecond !== undefined && perSecond > 0) {
      parts.push(`${formatDuration(((total - done) / perSecond) * 1000)} left`)
    }
    return parts.join(', ')
  }

  function drawBar(done: number, total: number): void {
    const text = figures(done, total)
    // A terminal without a size (that of a container, say) tells 0.
    const columns = screen.columns === undefined || screen.columns < 1 ? 80 : screen.columns
    const width = Math.max(5, Math.min(barMax, columns - text.length - 6))
    const filled = Math.round((done / total) * width)
    screen.write(`\r[${'█'.repeat(filled)}${'░'.repeat(width - filled)}] ${text}\u001B[K`)
    open = true
  }

  return {
    update(done, total) {
      const now = monotonic()
      pace.note(now, done)
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
