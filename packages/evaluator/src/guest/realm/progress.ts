/**
 * What the argument of `progress` means. A value the worker cannot show is not an error: the call
 * itself is the sign of life.
 */
export interface ProgressMeter {
  /** The fraction to show, 0 to 1; `undefined`: progress was made, how much is not known. */
  read(value: unknown, onOutOfRange: (percent: number) => void): number | undefined
}

function percentOf(value: unknown): number {
  if (typeof value === 'number') return value * 100
  if (typeof value !== 'string') return Number.NaN
  const text = value.trim()
  return text.endsWith('%') ? Number.parseFloat(text) : Number.parseFloat(text) * 100
}

/** Remembers the last value of one slice: values that go back are shown as unknown. */
export function createProgressMeter(): ProgressMeter {
  let last = 0
  return {
    read(value, onOutOfRange) {
      if (value === undefined) return last > 0 && last <= 100 ? last / 100 : undefined
      const percent = percentOf(value)
      if (Number.isNaN(percent)) return undefined
      if (percent < 0 || percent > 100) {
        last = percent
        onOutOfRange(percent)
        return undefined
      }
      if (percent < last) return undefined
      last = percent
      return percent / 100
    },
  }
}
