// One section of the report: a heading, what was done, a table, notes.
import { markdownTable } from '../scripts/markdown-table.ts'
import type { Standing } from './contest.ts'
import { median } from './statistics.ts'

export interface Section {
  readonly id: string
  readonly title: string
  readonly intro: string
  readonly head: readonly string[]
  readonly rows: readonly (readonly string[])[]
  readonly notes: readonly string[]
  /** Everything measured, kept as JSON. */
  readonly raw: unknown
}

/** `median [least-most]`, with as many digits as say something. */
export function spread(values: readonly number[]): string {
  if (values.length === 0) return '-'
  return `${figure(median(values))} [${figure(Math.min(...values))}-${figure(Math.max(...values))}]`
}

/** A number with three significant digits, thousands separated. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return '-'
  const digits = value === 0 ? 0 : Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))))
  return value.toLocaleString('en', { maximumFractionDigits: Math.min(digits, 3) })
}

/** The first value in units of the second, as in `1.8 ×`. */
export function ratio(value: number, reference: number): string {
  const quotient = value / reference
  return Number.isFinite(quotient) ? `${figure(quotient)} ×` : '-'
}

/** Systems that did not run or did not finish, with the reason. */
export function refusals(standings: readonly Standing<unknown>[]): string[] {
  return standings.flatMap(({ system, refused }) =>
    refused === undefined
      ? []
      : [`${system}: not run (${refused.slice(0, 300).replaceAll(/\s+/g, ' ')}).`],
  )
}

/** The section as Markdown. */
export function sectionMarkdown(section: Section): string {
  return [
    `## ${section.id}: ${section.title}`,
    '',
    section.intro,
    '',
    markdownTable(section.head, section.rows, 'right'),
    ...section.notes.flatMap((note) => ['', note]),
  ].join('\n')
}
