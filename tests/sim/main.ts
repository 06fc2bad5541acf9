// `npm run sim`: the laws on a virtual clock, from seeds.
import { parseArgs } from 'node:util'

import { silentLogger, systemClock } from '@manyhands/protocol'
import { createLogger, type LogLevel } from '@manyhands/service'
import { loadCrypto } from '@manyhands/wallet/node'

import { runSeed } from './run-seed.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '200' },
    seed: { type: 'string' },
    short: { type: 'boolean', default: false },
    log: { type: 'string' },
    verbose: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
})

if (values.help) {
  console.log(`npm run sim -- [--seeds N] [--short] [--seed NAME] [--verbose]
  --seeds N    run seeds 1 to N (200)
  --short      run 40 seeds
  --seed NAME  run one seed, and say what happened in it
  --log LEVEL  what the parts log, on standard error`)
  process.exit(0)
}

const seeds =
  values.seed === undefined
    ? Array.from({ length: values.short ? 40 : Number(values.seeds) }, (_, index) => `${index + 1}`)
    : [values.seed]
const crypto = await loadCrypto()
const logger =
  values.log === undefined
    ? silentLogger
    : createLogger(
        { level: values.log as LogLevel, format: 'text' },
        { stream: process.stderr, clock: systemClock },
      )
let failed = 0
const sums = { slices: 0, deaths: 0, cuts: 0, lost: 0, repeated: 0, reordered: 0, virtualMs: 0 }
const began = performance.now()
for (const seed of seeds) {
  const report = await runSeed(seed, { crypto, logger })
  const { deaths, weather } = report
  sums.slices += report.slices
  sums.deaths += deaths.scheduler + deaths.worker + deaths.client
  sums.cuts += weather.cut
  sums.lost += weather.lost
  sums.repeated += weather.repeated
  sums.reordered += weather.reordered
  sums.virtualMs += report.virtualMs
  if (values.verbose || values.seed !== undefined) console.log(JSON.stringify(report))
  if (report.broken.length === 0) continue
  failed += 1
  console.log(`seed ${seed}:`)
  for (const line of report.broken) console.log(`  ${line}`)
  console.log(`  again: npm run sim -- --seed ${seed}`)
}
const hours = (sums.virtualMs / 3_600_000).toFixed(1)
const seconds = ((performance.now() - began) / 1000).toFixed(0)
console.log(
  `${seeds.length} seeds, ${sums.slices} slices, ${hours} hours of virtual time in ${seconds} s; ` +
    `${sums.deaths} kills; ${sums.cuts} broken links, ${sums.lost} texts lost, ` +
    `${sums.repeated} repeated, ${sums.reordered} reordered`,
)
console.log(`${seeds.length - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
