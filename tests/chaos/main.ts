/**
 * `npm run chaos`: kills the parts of a computer, one at each run, at seeded moments of a job, starts
 * them again, and checks that every slice has its one right result.
 */
import { type AttemptOptions, type Verdict, attempt } from './attempt.ts'
import { type ChaosOptions, parseOptions, usage } from './options.ts'
import type { Scene } from './scene.ts'
import { expectedOf, sliceCount } from './job.ts'
import { momentOf } from './targets.ts'

const scenes = new Set<Scene>()

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function explain({ wrong, complaints }: Verdict): void {
  for (const line of wrong) console.log(`    ${line}`)
  if (complaints !== '') console.log(complaints.replaceAll(/^/gm, '    | '))
}

async function once(options: AttemptOptions): Promise<boolean> {
  const { moment } = options
  const { target, seed } = moment
  const began = performance.now()
  const verdict = await attempt(options)
  const passed = verdict.wrong.length === 0
  const line = [
    target.padEnd(16),
    `seed ${String(seed).padStart(2)}`,
    passed ? 'passed' : 'FAILED',
    `killed after ${String(verdict.resultsBefore).padStart(4)} results${verdict.late ? ' (too late)' : ''},`,
    `job ${seconds(verdict.jobMs)}, in all ${seconds(performance.now() - began)}`,
  ]
  console.log(line.join('  '))
  if (verdict.directory !== undefined) console.log(`    kept in ${verdict.directory}`)
  if (!passed) {
    explain(verdict)
    console.log(`    again: npm run chaos -- --target ${target} --seed ${seed} --keep`)
  }
  return passed
}

async function main(options: ChaosOptions): Promise<number> {
  const { logLevel, keep } = options
  let passed = 0
  let failed = 0
  // Beforehand, so that it takes nothing from the parts.
  for (let slice = 1; slice <= sliceCount; slice++) expectedOf(slice, 'range')
  for (const target of options.targets) {
    for (const seed of options.seedsOf(target)) {
      if (await once({ moment: momentOf(target, seed), logLevel, keep, scenes })) passed += 1
      else failed += 1
    }
  }
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

async function interrupted(): Promise<void> {
  for (const scene of scenes) {
    await scene.end()
    await scene.remove()
  }
  process.exit(130)
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void interrupted())
let options: ChaosOptions | undefined
try {
  options = parseOptions(process.argv.slice(2))
} catch (error) {
  console.error(`${error instanceof Error ? error.message : String(error)}\n\n${usage}`)
  process.exitCode = 2
}
if (options !== undefined) process.exitCode = await main(options)
