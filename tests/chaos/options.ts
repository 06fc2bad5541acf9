/** The options of `npm run chaos`. */
import { parseArgs } from 'node:util'

import { type Target, targets } from './targets.ts'

export interface ChaosOptions {
  readonly targets: readonly Target[]
  readonly seedsOf: (target: Target) => readonly number[]
  readonly logLevel: string
  readonly keep: boolean
}

export const usage: string = [
  'npm run chaos -- [--target NAME] [--seeds N | --seed N | --short] [--keep] [--log-level LEVEL]',
  `  --target     what is killed: ${targets.join(', ')} (each)`,
  '  --seeds      moments for each target (20)',
  '  --seed       this one alone, to see a failure again',
  '  --short      two moments for each target',
  '  --keep       the files and logs of the parts are kept',
  '  --log-level  of the parts: info or debug (info)',
].join('\n')

const seedsUsual = 20
const seedsShort = 2

function parseSeed(text: string, name: string): number {
  const seed = Number(text)
  if (Number.isSafeInteger(seed) && seed > 0) return seed
  throw new Error(`--${name} ${text}: a number of 1 or more`)
}

function firstSeeds(count: number): number[] {
  return Array.from({ length: count }, (_, index) => index + 1)
}

/** Reads the command line; throws an error that says what is allowed. */
export function parseOptions(args: readonly string[]): ChaosOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      target: { type: 'string' },
      seeds: { type: 'string' },
      seed: { type: 'string' },
      short: { type: 'boolean', default: false },
      keep: { type: 'boolean', default: false },
      'log-level': { type: 'string', default: 'info' },
    },
  })
  const wanted = targets.filter((name) => values.target === undefined || values.target === name)
  if (wanted.length === 0) throw new Error(`--target ${values.target}: ${targets.join(', ')}`)
  const seed = values.seed === undefined ? undefined : parseSeed(values.seed, 'seed')
  const seeds = values.seeds === undefined ? seedsUsual : parseSeed(values.seeds, 'seeds')
  return {
    targets: wanted,
    seedsOf(target) {
      if (seed !== undefined) return [seed]
      if (!values.short) return firstSeeds(seeds)
      return firstSeeds(target === 'client-by-value' ? 1 : seedsShort)
    },
    logLevel: values['log-level'],
    keep: values.keep,
  }
}
