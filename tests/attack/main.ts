// npm run attack -- [--group G] [--case NAME] [--soak N] [--short]
// Attacks real sandboxes. Status 0: nothing leaked, and every case succeeds without its layers.
import { parseArgs } from 'node:util'

import { systemRandom } from '@manyhands/protocol'
import { createEvaluatorHost } from '@manyhands/sandbox/node'

import { weakenValue, weakenVariable } from '../../packages/evaluator/src/weaken.ts'
import { howToGetIt, softwareGpu } from '../sandbox/_software-gpu.ts'
import { type AttackCase, casesOf, groups, isProtocolAttack } from './attack.ts'
import { secretVariable } from './canaries.ts'
import { attacks, withoutTarget } from './cases/index.ts'
import { attackLimits } from './limits.ts'
import { type CaseResult, faultOf, runCases } from './runner.ts'
import { soak } from './soak.ts'

interface Builder {
  isGuestBuilt(): boolean
  buildGuest(): Promise<void>
  buildUnhardenedGuest(): Promise<void>
}

const { values } = parseArgs({
  options: {
    group: { type: 'string' },
    case: { type: 'string' },
    soak: { type: 'string' },
    short: { type: 'boolean', default: false },
  },
})

function fail(what: string): never {
  console.error(what)
  process.exit(2)
}

if (values.group !== undefined && !groups.some((group) => group === values.group)) {
  fail(`--group is one of ${groups.join(', ')}`)
}
const usual = values.short ? attackLimits.soakShort : attackLimits.soakUsual
const chosen = values.group !== undefined || values.case !== undefined
const soaks = Number(values.soak ?? (chosen ? 0 : usual))
if (!Number.isSafeInteger(soaks) || soaks < 0) fail('--soak must be a whole number')
if (process.platform !== 'linux') fail('the attack suite runs on Linux')

const secret = systemRandom.token(16)
process.env[secretVariable] = secret
process.env[weakenVariable] = weakenValue

async function findJail(): Promise<{ jail: boolean; missing: readonly string[] }> {
  await using host = createEvaluatorHost({ spares: 0 })
  const { jail, missing = [] } = await host.describe()
  return { jail: jail === 'bubblewrap', missing }
}

const jailLayers = ['bubblewrap', 'network', 'procfs', 'seccomp']

/** Why a case cannot be run here; undefined when it can. */
function reasonToSkip({ attack, layer }: AttackCase, jail: boolean): string | undefined {
  const assumed = isProtocolAttack(attack) ? [] : attack.assumed
  const needsJail = [...assumed, layer].some((name) => jailLayers.includes(name))
  if (!jail && (needsJail || attack.group === 'jail')) return 'there is no jail here'
  const gpu = !isProtocolAttack(attack) && attack.gpu
  if (gpu && softwareGpu === undefined) return howToGetIt
  const root = !isProtocolAttack(attack) && attack.root
  return root && process.getuid?.() !== 0 ? 'only root has this layer to lose' : undefined
}

function columns({ alone, attackCase, full, removed }: CaseResult): string {
  const { attack, layer } = attackCase
  const show = (outcome: CaseResult['full']): string =>
    outcome.leak === undefined ? `held (${outcome.verdict})` : `LEAK: ${outcome.leak}`
  const name = `${attack.group}: ${attack.name}`
  return `${name.padEnd(64)} | ${layer.padEnd(11)} | ${show(full).padEnd(20)} | ${show(alone).padEnd(20)} | ${show(removed)}`
}

const builder = (await import(
  new URL('../../packages/evaluator/build.js', import.meta.url).href
)) as Builder
if (!builder.isGuestBuilt()) await builder.buildGuest()
await builder.buildUnhardenedGuest()

const { jail, missing } = await findJail()
const wanted = casesOf(attacks).filter(
  ({ attack, name }) =>
    (values.group === undefined || attack.group === values.group) &&
    (values.case === undefined || name.includes(values.case)),
)
if (wanted.length === 0) fail('there is no such case')
const skipped = wanted.filter((one) => reasonToSkip(one, jail) !== undefined)
const cases = wanted.filter((one) => reasonToSkip(one, jail) === undefined)
if (!jail) console.log(`no jail: its cases are skipped. ${missing.join('; ')}`)

const began = performance.now()
const results = await runCases(cases, {
  secret,
  jail,
  onProgress(done, of) {
    if (done % 100 === 0) console.log(`${done} of ${of} runs`)
  },
})
console.log(
  `\n${'attack'.padEnd(64)} | layer       | all layers           | its layer alone      | without it`,
)
for (const result of results) console.log(columns(result))
for (const one of skipped) console.log(`skipped: ${one.name}: ${reasonToSkip(one, jail)}`)
if (!chosen) {
  console.log('\nnot counted, for there is nothing to attack:')
  for (const [category, reason] of withoutTarget) console.log(`  ${category}: ${reason}`)
}

const faults = results.flatMap((result) => {
  const fault = faultOf(result)
  return fault === undefined ? [] : [`${result.attackCase.name}: ${fault}`]
})
let passed = results.length - faults.length
if (soaks > 0) {
  const report = await soak(soaks)
  const left = report.leaks.join(', ')
  console.log(`\nsoak: ${soaks} sandboxes started and ended; ${left || 'nothing left'}`)
  if (left === '') passed += 1
  else faults.push(`soak: ${left}`)
}
if (faults.length > 0) console.error(`\n${faults.join('\n')}`)
const leaks = new Set(
  results.filter(({ full }) => full.leak !== undefined).map(({ attackCase }) => attackCase.attack),
).size
const attackCount = new Set(results.map(({ attackCase }) => attackCase.attack)).size
const seconds = ((performance.now() - began) / 1000).toFixed(0)
console.log(`\n${attackCount} attacks, each against every layer that stops it, in ${seconds} s`)
const skips = skipped.length > 0 ? `, ${skipped.length} skipped` : ''
console.log(`${passed} passed, ${faults.length} failed${skips}`)
console.log(`${results.length} cases, ${leaks} leaks`)
process.exitCode = faults.length === 0 ? 0 : 1
