// The options of `npm run bench`.
import { parseArgs } from 'node:util'

import type { BenchCase, CaseOptions } from './bench-case.ts'

export interface BenchOptions extends CaseOptions {
  readonly cases: readonly BenchCase[]
}

export const usage: string = [
  'npm run bench -- [--case N1,C1,L1,P1,R1,E1,O1] [--runs N] [--short]',
  '  --case   which cases, separated by commas (all)',
  '  --runs   measured runs of each system, after one warm-up (5; with --short 1)',
  '  --short  small cases, to see that everything works; docs/benchmarks.md stays as it is',
].join('\n')

/** Reads the command line; throws an error that says what is allowed. */
export function parseOptions(args: readonly string[], known: readonly BenchCase[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      case: { type: 'string' },
      runs: { type: 'string' },
      short: { type: 'boolean', default: false },
    },
  })
  const { short } = values
  const runs = Number(values.runs ?? (short ? 1 : 5))
  if (!Number.isSafeInteger(runs) || runs < 1) throw new Error(`--runs ${values.runs}: 1 or more`)
  const cases = values.case?.split(',').map((id) => findCase(id, known)) ?? known
  return { short, runs, cases }
}

function findCase(id: string, known: readonly BenchCase[]): BenchCase {
  const found = known.find((one) => one.id === id.toUpperCase())
  if (found !== undefined) return found
  throw new Error(`--case ${id}: one of ${known.map((one) => one.id).join(', ')}`)
}
