/** Runs one attack as a work function in one sandbox, and looks whether the host is still intact. */
import { prepareText } from '@manyhands/protocol'
import { createOriginPolicy } from '@manyhands/sandbox'
import type { GuestFetch, SandboxHost, SliceObserver } from '@manyhands/sandbox'
import { createFetchBroker } from '@manyhands/sandbox/node'

import type { WorkAttack } from './attack.ts'
import { type Canary, createCanaries } from './canaries.ts'
import { attackLimits } from './limits.ts'

export interface Outcome {
  /** What was found out of place; undefined when the sandbox held. */
  readonly leak: string | undefined
  /** `refused`, the code with which the sandbox died, or what else happened. */
  readonly verdict: string
  /** The beginning of all it said, for people. */
  readonly said: string
}

/** What a supervisor without a broker would do. */
const carelessFetch: GuestFetch = async ({ method, redirect, url }) => {
  const response = await fetch(url, { method, redirect })
  return {
    url: response.url,
    redirected: response.redirected,
    status: response.status,
    statusText: response.statusText,
    headers: [...response.headers],
    body: new Uint8Array(await response.arrayBuffer()),
  }
}

function fetchFor(canary: Canary, brokered: boolean): GuestFetch {
  if (!brokered) return carelessFetch
  const allowed = { workerFetch: [`http://127.0.0.1:${canary.redirect}`, '127.0.0.1'] }
  return createFetchBroker({ policy: createOriginPolicy(allowed) })
}

function listener(said: string[]): SliceObserver {
  return {
    results(results) {
      for (const result of results) {
        said.push('value' in result ? result.value : JSON.stringify(result.error))
      }
    },
    progress: () => undefined,
    console(_slice, _level, message) {
      if (said.length < 1_000) said.push(message?.join(' ') ?? '')
    },
    emit(_slice, event, data) {
      if (said.length < 1_000) said.push(`${event} ${data}`)
    },
  }
}

function isAboutProgress(line: string): boolean {
  return line.includes('without calling progress()')
}

/** When a supervisor has to end it, counted from the beginning of the slice. */
function deadlineOf({ expected }: WorkAttack): number {
  return expected === 'ESLICETOOSLOW' ? attackLimits.deadlineMs * 2 : attackLimits.deadlineMs
}

export async function runWork(
  host: SandboxHost,
  attack: WorkAttack,
  { brokered, secret, timed }: { brokered: boolean; secret: string; timed: boolean },
): Promise<Outcome> {
  const canaries = await createCanaries(secret)
  const said: string[] = []
  let late = false
  const sandbox = await host.create()
  let cancel: ReturnType<typeof setTimeout> | undefined
  const lifeMs = deadlineOf(attack) + attackLimits.goneMs
  const patience = timed ? lifeMs : attackLimits.runMs
  let begun = performance.now()
  const impatience = (): void => {
    late = true
    void sandbox.kill()
  }
  let verdict: string
  try {
    cancel = setTimeout(impatience, attackLimits.loadMs)
    await sandbox.assign({
      workFunction: attack.code,
      arguments: attack.worktime === 'pyodide' ? ['1'] : [],
      useStrict: false,
      worktime: { name: attack.worktime, version: '*' },
      public: { name: 'attack', description: '', link: '' },
      fetch: fetchFor(canaries.canary, brokered),
    })
    clearTimeout(cancel)
    cancel = setTimeout(impatience, patience)
    const values = [prepareText(canaries.canary)]
    begun = performance.now()
    let end = await sandbox.run({ slices: [1], values }, listener(said))
    if (attack.outlives) {
      await new Promise((resolve) => setTimeout(resolve, attackLimits.restMs))
      end = await sandbox.run({ slices: [2], values }, listener(said))
    }
    verdict = end.kind === 'died' ? (end.error.code ?? 'died') : 'refused'
    if (end.kind === 'died') said.push(end.error.message)
  } catch (error) {
    verdict = 'not loaded'
    said.push(String(error))
  } finally {
    clearTimeout(cancel)
    await sandbox.kill()
  }
  const livedMs = performance.now() - begun
  const words = said.filter((line) => !isAboutProgress(line))
  // A connection that was begun is told a moment later.
  await new Promise((resolve) => setImmediate(resolve))
  const claim = words.find((line) => line.startsWith('"LEAK'))
  const evidence =
    canaries.evidence(said.join('\n')) ?? claim?.slice('"LEAK '.length, 80).replaceAll('"', '')
  await canaries.close()
  const overdue = timed && (late || livedMs > lifeMs) ? 'it runs on after its deadline' : undefined
  return {
    leak: evidence ?? overdue,
    verdict: late && !timed ? 'never ended' : verdict,
    said: words.join(' ').slice(0, 160),
  }
}
