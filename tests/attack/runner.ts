/**
 * Runs every attack with all layers, with each of its layers alone, and with none of them. Runs in
 * the same setting share a host.
 */
import type { EvaluatorHost } from '@manyhands/sandbox/node'

import { type Attack, type AttackCase, isProtocolAttack, type StoppedBy } from './attack.ts'
import { keyOf, openHost, type Setting, settingOf } from './hosts.ts'
import { attackLimits } from './limits.ts'
import { runProtocol } from './run-protocol.ts'
import { capMemory, watchMemory } from './memory.ts'
import { type Outcome, runWork } from './run-work.ts'

export interface CaseResult {
  readonly attackCase: AttackCase
  readonly full: Outcome
  readonly alone: Outcome
  readonly removed: Outcome
}

interface Run {
  readonly attack: Attack
  readonly missing: readonly StoppedBy[]
}

interface Host {
  readonly setting: Setting
  readonly runs: Run[]
}

export interface RunnerOptions {
  readonly secret: string
  readonly jail: boolean
  readonly onProgress: (done: number, of: number) => void
}

/** Layers that are left out when `layer` is looked at alone; none: nothing is. */
function missingOf(attack: Attack, layer?: StoppedBy): readonly StoppedBy[] {
  const assumed = isProtocolAttack(attack) ? [] : attack.assumed
  return [...assumed, ...attack.stoppedBy.filter((other) => other !== layer)]
}

function nameOf({ attack, missing }: Run): string {
  return `${attack.name} without ${[...new Set(missing)].toSorted().join()}`
}

/** Every run that the cases need, once. */
function runsOf(cases: readonly AttackCase[]): readonly Run[] {
  const runs = cases.flatMap(({ attack, layer }): Run[] => [
    { attack, missing: [] },
    { attack, missing: missingOf(attack, layer) },
    { attack, missing: missingOf(attack) },
  ])
  return [...new Map(runs.map((run) => [nameOf(run), run])).values()]
}

function hostsOf(runs: readonly Run[]): readonly Host[] {
  const hosts = new Map<string, Host>()
  for (const run of runs) {
    if (isProtocolAttack(run.attack)) continue
    const setting = settingOf(run.attack, run.missing)
    const host = hosts.get(keyOf(setting)) ?? { setting, runs: [] }
    host.runs.push(run)
    hosts.set(keyOf(setting), host)
  }
  // The longest first, so that none is left over at the end.
  return [...hosts.values()].toSorted((one, other) => other.runs.length - one.runs.length)
}

async function runOne(host: EvaluatorHost, run: Run, secret: string): Promise<Outcome> {
  if (isProtocolAttack(run.attack)) throw new TypeError('no work function')
  const held = run.missing.length === 0 && run.attack.group === 'resources'
  const memory = held && host.pid !== undefined ? watchMemory(host.pid) : undefined
  try {
    const outcome = await runWork(host, run.attack, {
      secret,
      timed: run.attack.stoppedBy.includes('deadline'),
      brokered: !run.missing.includes('broker'),
    })
    if (!held || outcome.leak !== undefined) return outcome
    const used = memory?.peakMib() ?? 0
    const cap = attackLimits.memoryMib + attackLimits.beyondCapMib
    if (used > cap) return { ...outcome, leak: `it used ${used} MiB of the ${cap} it may` }
    const goesOn = await runsOn(host)
    return goesOn ? outcome : { ...outcome, leak: 'the next slice did not run' }
  } catch (error) {
    return { leak: undefined, verdict: 'no sandbox', said: String(error) }
  } finally {
    memory?.close()
  }
}

/** True when the next slice, in the next sandbox, is computed. */
async function runsOn(host: EvaluatorHost): Promise<boolean> {
  const sandbox = await host.create()
  const values: string[] = []
  try {
    await sandbox.assign({
      workFunction: '(x) => x * 2',
      arguments: [],
      useStrict: false,
      worktime: { name: 'map-basic', version: '1.0.0' },
      public: { name: 'the next one', description: '', link: '' },
    })
    await sandbox.run(
      { slices: [2], values: ['21'] },
      {
        results: (told) => values.push(...told.map((one) => ('value' in one ? one.value : ''))),
        progress: () => undefined,
        console: () => undefined,
        emit: () => undefined,
      },
    )
  } finally {
    await sandbox.kill()
  }
  return values.join() === '42'
}

export async function runCases(
  cases: readonly AttackCase[],
  { jail, onProgress, secret }: RunnerOptions,
): Promise<readonly CaseResult[]> {
  const runs = runsOf(cases)
  const outcomes = new Map<string, Outcome>()
  const keep = (run: Run, outcome: Outcome): void => {
    outcomes.set(nameOf(run), outcome)
    onProgress(outcomes.size, runs.length)
  }
  for (const run of runs) {
    if (!isProtocolAttack(run.attack)) continue
    keep(run, await runProtocol(run.attack, run.missing.length > 0))
  }
  const waiting = [...hostsOf(runs)]
  async function work(): Promise<void> {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      const host = await openHost(next.setting, jail)
      const capped = next.setting.maps && host.pid !== undefined
      const uncap = capped ? capMemory(host.pid, attackLimits.outerMemoryMib) : undefined
      try {
        for (const run of next.runs) keep(run, await runOne(host, run, secret))
      } finally {
        uncap?.()
        await host.close()
      }
    }
  }
  await Promise.all(Array.from({ length: attackLimits.hostsAtOnce }, work))
  const outcomeOf = (run: Run): Outcome =>
    outcomes.get(nameOf(run)) ?? { leak: undefined, verdict: 'not run', said: '' }
  return cases.map((attackCase) => {
    const { attack, layer } = attackCase
    return {
      attackCase,
      full: outcomeOf({ attack, missing: [] }),
      alone: outcomeOf({ attack, missing: missingOf(attack, layer) }),
      removed: outcomeOf({ attack, missing: missingOf(attack) }),
    }
  })
}

/** Why a case fails; undefined when it holds and bites. */
export function faultOf({ alone, attackCase, full, removed }: CaseResult): string | undefined {
  const { attack, layer } = attackCase
  if (full.leak !== undefined) return `LEAK with all layers: ${full.leak} (${full.said})`
  const isExpected =
    isProtocolAttack(attack) || full.verdict === attack.expected || full.verdict === attack.orElse
  if (!isExpected) {
    return `expected ${attack.expected}, not ${full.verdict}: ${full.said}`
  }
  if (alone.leak !== undefined) return `${layer} alone does not stop it: ${alone.leak}`
  if (alone.verdict === 'no sandbox' || alone.verdict === 'not loaded') return alone.said
  if (removed.leak === undefined) {
    return `it does not bite without ${attack.stoppedBy.join(', ')}: ${removed.verdict} ${removed.said}`
  }
  return undefined
}
