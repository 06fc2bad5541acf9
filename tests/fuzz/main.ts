// npm run fuzz -- [--frames N] [--seed S] [--short]
// A million spoilt frames by default; the same seed sends the same frames.
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

import { systemRandom } from '@manyhands/protocol'
import { loadCrypto } from '@manyhands/wallet/node'

import { fuzz } from './fuzz.ts'

const { values } = parseArgs({
  options: {
    frames: { type: 'string' },
    seed: { type: 'string' },
    short: { type: 'boolean', default: false },
  },
})
const frames = Number(values.frames ?? (values.short ? 50_000 : 1_000_000))
if (!Number.isSafeInteger(frames) || frames < 1) {
  console.error(`--frames must be a positive integer, not ${String(values.frames)}`)
  process.exit(2)
}
const seed = values.seed ?? systemRandom.token(8)

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void
const started = performance.now()
console.log(`${frames} frames, seed ${seed}`)

const report = await fuzz({
  frames,
  seed,
  crypto: await loadCrypto(),
  heapUsed: () => {
    collect()
    return process.memoryUsage().heapUsed
  },
  onProgress: (done) => {
    if (done % 100_000 === 0) console.log(`${done} frames`)
  },
})

const seconds = ((performance.now() - started) / 1000).toFixed(0)
console.log(
  `${report.signedAgain} signed again, ${report.dispatched} requests dispatched, ` +
    `at most ${report.sessions} sessions, ${seconds} s`,
)
for (const failure of report.failures) console.error(failure)
const failed = report.failures.length
console.log(`${report.frames - failed} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
