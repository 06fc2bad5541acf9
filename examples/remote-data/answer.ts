// Puts the summaries of the wards together: which measurements differ most between the diagnoses.
import type { Moments, Summary } from './summarize.ts'

interface Difference {
  readonly name: string
  /** Distance of the two means in standard deviations (Cohen's d). */
  readonly effect: number
}

function add(a: Moments, b: Moments): Moments {
  return {
    patients: a.patients + b.patients,
    sums: a.sums.map((sum, at) => sum + (b.sums[at] ?? 0)),
    squares: a.squares.map((sum, at) => sum + (b.squares[at] ?? 0)),
  }
}

function differences(summaries: readonly Summary[], names: readonly string[]): Difference[] {
  const zero: Moments = { patients: 0, sums: names.map(() => 0), squares: names.map(() => 0) }
  const benign = summaries.map((one) => one.benign).reduce(add, zero)
  const malignant = summaries.map((one) => one.malignant).reduce(add, zero)
  const meanOf = ({ sums, patients }: Moments, at: number): number => (sums[at] ?? 0) / patients
  const spreadOf = (moments: Moments, at: number): number =>
    (moments.squares[at] ?? 0) - moments.patients * meanOf(moments, at) ** 2
  return names
    .map((name, at) => {
      const pooled = spreadOf(benign, at) + spreadOf(malignant, at)
      const deviation = Math.sqrt(pooled / (benign.patients + malignant.patients - 2))
      return { name, effect: Math.abs(meanOf(malignant, at) - meanOf(benign, at)) / deviation }
    })
    .toSorted((a, b) => b.effect - a.effect)
}

/** The measurements that tell most, as text. */
export function answerTable(summaries: readonly Summary[], names: readonly string[]): string {
  const patients = summaries.reduce(
    (sum, { benign, malignant }) => sum + benign.patients + malignant.patients,
    0,
  )
  const rows = differences(summaries, names)
    .slice(0, 5)
    .map(({ name, effect }) => `${effect.toFixed(3)}  ${name}`)
  return [`${summaries.length} wards, ${patients} patients`, 'effect measurement', ...rows].join(
    '\n',
  )
}
