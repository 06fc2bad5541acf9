// What is said of one official program: a row of the table in docs/interop.md.
import { markdownTable } from '../scripts/markdown-table.ts'

/**
 * not ours: the package itself cannot do it, and did not in the way that is known of it; not run:
 * something that the program needs cannot be had here. Neither is ever green.
 */
export type Outcome = 'green' | 'red' | 'not ours' | 'not run'

export interface Verdict {
  /** The package the program uses, as published: `dcp-client@5.6.1`. */
  readonly package: string
  /** The program, or the sub-command of one. */
  readonly program: string
  readonly feature: string
  readonly outcome: Outcome
  /** In a few words, for the table; empty when green. */
  readonly reason: string
  /** What was expected and what came instead, for whom it concerns. */
  readonly report: string
}

/** A set of programs that are judged together, against computers the suite starts itself. */
export interface Suite {
  /** The packages and programs it judges: a name given on the command line is looked for here. */
  readonly rows: readonly { readonly package: string; readonly program: string }[]
  /** Tells a verdict for each row that is chosen, as soon as it is known. */
  run(chosen: Chosen, tell: (verdict: Verdict) => void): Promise<void>
}

/** Whether a row was asked for. */
export type Chosen = (row: { readonly package: string; readonly program: string }) => boolean

/** The rows as a table in Markdown. */
export function verdictTable(verdicts: readonly Verdict[]): string {
  return markdownTable(
    ['package', 'program', 'feature', 'verdict'],
    verdicts.map(({ package: name, program, feature, outcome, reason }) => [
      name,
      `\`${program}\``,
      feature,
      outcome === 'green' ? 'green' : `${outcome}: ${reason}`,
    ]),
  )
}
