// A case of the benchmark: does its measurements and gives a section of the report.
import type { Section } from './section.ts'

export interface CaseOptions {
  /** Measured runs, after one warm-up. */
  readonly runs: number
  /** A smaller case, to see that everything works; its numbers mean little. */
  readonly short: boolean
}

export interface BenchCase {
  readonly id: string
  readonly run: (options: CaseOptions) => Promise<Section>
}
