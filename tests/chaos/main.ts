/**
 * `npm run chaos`: kills the parts of a computer, one at each run, at seeded moments of a job, starts
 * them again, and checks that every slice has its one right result.
 */
import { type AttemptOptions, type Verdict, attempt } from './attempt.ts'
import { type ChaosOptions, parseOptions, usage } from './options.ts'
import type { Scene } from './scene.ts'
import { type InputKind, expectedOf, sliceCount } from './job.ts'
import { type Moment, inputOf, momentOf } from './targets.ts'

const scenes = new Set<Scene>()

function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`
}

function explain({ wrong, complaints, directory }: Verdict): void {
  for (const line of wrong) console.log(`    ${line}`)
  if (complaints !== '') console.log(complaints.replaceAll(/^/gm, '    | '))
  if (directory !== undefined) console.log(`    kept in ${directory}`)
}

/** Runs the job undisturbed: how long it takes, or undefined when it does not even work. */
async function calm(options: Omit<AttemptOptions, 'calmMs'>): Promise<number | undefined> {
  const verdict = await attempt({ ...options, calmMs: 0 })
  const passed = verdict.wrong.length === 0
  const name = `nothing (${options.input})`.padEnd(25)
  console.log(`${name} ${passed ? 'passed' : 'FAILED'}  job ${seconds(verdict.jobMs)}`)
  if (!passed) explain(verdict)
  return passed ? verdict.jobMs : undefined
}

async function once(moment: Moment, options: AttemptOptions): Promise<boolean> {
  const { target, seed, fraction } = moment
  const began = performance.now()
  const verdict = await attempt({ ...options, moment })
  const passed = verdict.wrong.length === 0
  const at = `at ${seconds(fraction * options.calmMs)}, ${verdict.resultsBefore} results told`
  const line = [
    target.padEnd(16),
    `seed ${String(seed).padStart(2)}`,
    passed ? 'passed' : 'FAILED',
    `killed ${at}${verdict.late ? ' (the job had ended)' : ''};`,
    `job ${seconds(verdict.jobMs)}, in all ${seconds(performance.now() - began)}`,
  ]
  console.log(line.join('  '))
  if (!passed) {
    explain(verdict)
    console.log(`    again: npm run chaos -- --target ${target} --seed ${seed} --keep`)
  }
  return passed
}

async function main(options: ChaosOptions): Promise<number> {
  const { logLevel, keep } = options
  const calmMs = new Map<InputKind, number>()
  let passed = 0
  let failed = 0
  for (let slice = 1; slice <= sliceCount; slice++) expectedOf(slice, 'range')
  for (const target of options.targets) {
    const input = inputOf(target)
    const common = { input, logLevel, keep, scenes }
    const usualMs = calmMs.get(input) ?? (await calm(common))
    if (usualMs === undefined) {
      failed += 1
      continue
    }
    calmMs.set(input, usualMs)
    for (const seed of options.seedsOf(target)) {
      if (await once(momentOf(target, seed), { ...common, calmMs: usualMs })) passed += 1
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
