/**
 * What the argument of `progress` means. A value the worker cannot show is not an error: the call
 * itself is the sign of life.
 */
export interface ProgressReading {
  /** The last value that was given, in percent; out of range values are remembered too. */
  readonly percent: number
  /** True when how much was done is not known. */
  readonly indeterminate: boolean
}

export interface ProgressMeter {
  read(value: unknown, onOutOfRange: (percent: number, last: number) => void): ProgressReading
}

function percentOf(value: unknown): number {
  if (typeof value === 'number') return value * 100
  if (typeof value !== 'string') return Number.NaN
  const text = value.trim()
  return text.endsWith('%') ? Number.parseFloat(text) : Number.parseFloat(text) * 100
}

/** Remembers the last value of one slice: values that go back are shown as unknown. */
export function createProgressMeter(): ProgressMeter {
  let percent = 0
  return {
    read(value, onOutOfRange) {
      if (value === undefined) return { percent, indeterminate: percent === 0 }
      const given = percentOf(value)
      if (Number.isNaN(given)) return { percent, indeterminate: true }
      if (given < 0 || given > 100) {
        onOutOfRange(given, percent)
        percent = given
        return { percent, indeterminate: true }
      }
      if (given < percent) return { percent, indeterminate: true }
      percent = given
      return { percent, indeterminate: false }
    },
  }
}
