// The work function. The data server hands out its text, so it may use nothing but its parameters,
// `progress` and what every JavaScript engine has.

/** A patient of a ward: the measurements, then the diagnosis (1: malignant, 0: benign). */
export type Patient = readonly number[]

/** Patients of a ward with one diagnosis; for each measurement the sum and the sum of squares. */
export interface Moments {
  readonly patients: number
  readonly sums: readonly number[]
  readonly squares: readonly number[]
}

/** What leaves a ward: sums over its patients, from which no patient can be told. */
export interface Summary {
  readonly benign: Moments
  readonly malignant: Moments
}

declare function progress(fraction: number): boolean

export function summarize(ward: readonly Patient[], names: readonly string[]): Summary {
  // A method, not a function with a name of its own: some compilers add calls of a helper to those.
  const of = {
    diagnosis(diagnosis: number): Moments {
      const chosen = ward.filter((patient) => patient[names.length] === diagnosis)
      progress((diagnosis + 1) / 2)
      return {
        patients: chosen.length,
        sums: names.map((_, at) => chosen.reduce((sum, patient) => sum + (patient[at] ?? 0), 0)),
        squares: names.map((_, at) =>
          chosen.reduce((sum, patient) => sum + (patient[at] ?? 0) ** 2, 0),
        ),
      }
    },
  }
  return { benign: of.diagnosis(0), malignant: of.diagnosis(1) }
}
