/** A value as a row keeps it: its prepared text or, when that is long, where the text is kept. */

/** A value on the shelf. */
export interface ShelvedValue {
  /** Its name in the store of values. */
  readonly key: string
  /** Characters of its text. */
  readonly size: number
}

export type RowValue = string | ShelvedValue

export function sizeOf(value: RowValue): number {
  return typeof value === 'string' ? value.length : value.size
}

/** Prepared values of which some are still on the shelf. */
export interface PartialValues {
  /** In the place of an absent value is anything. */
  readonly values: unknown[]
  readonly absent: readonly AbsentValue[]
}

export interface AbsentValue extends ShelvedValue {
  /** Its place among the values. */
  readonly index: number
}

/** Parses the values that are at hand. */
export function partialValues(values: readonly RowValue[]): PartialValues {
  const absent: AbsentValue[] = []
  const parsed = values.map((value, index) => {
    if (typeof value === 'string') return JSON.parse(value) as unknown
    absent.push({ ...value, index })
    return null
  })
  return { values: parsed, absent }
}
