/** Evaluators with layers left out, each inside an outer cap, in case an attack goes as far as it can. */
import { execFileSync } from 'node:child_process'

import { createEvaluatorHost, type EvaluatorHost } from '@manyhands/sandbox/node'

import { type Layer, layers } from '../../packages/evaluator/src/weaken.ts'
import { softwareGpu } from '../sandbox/_software-gpu.ts'
import { type Attack, isProtocolAttack, type StoppedBy } from './attack.ts'
import { attackLimits } from './limits.ts'

/** Everything that makes one run differ from another of the same attack. */
export interface Setting {
  readonly without: readonly Layer[]
  /** `attacked`: short deadlines; `none`: hardly any. */
  readonly deadline: 'usual' | 'attacked' | 'none'
  readonly brokered: boolean
  /** Sandboxes that compute between their slices are ended. */
  readonly restful: boolean
  readonly gpu: boolean
  /** Memory is capped from outside by what is used, not by what is mapped. */
  readonly maps: boolean
}

function isEvaluators(layer: StoppedBy): layer is Layer {
  return layers.some((known) => known === layer)
}

/** The setting in which an attack meets all that stops it but `missing`. */
export function settingOf(attack: Attack, missing: readonly StoppedBy[]): Setting {
  const { stoppedBy } = attack
  const timed = stoppedBy.includes('deadline')
  const deadline = missing.includes('deadline') ? 'none' : 'attacked'
  return {
    without: layers.filter((layer) => missing.filter(isEvaluators).includes(layer)),
    deadline: timed ? deadline : 'usual',
    brokered: !missing.includes('broker'),
    restful: !missing.includes('rest'),
    gpu: !isProtocolAttack(attack) && attack.gpu,
    maps: !isProtocolAttack(attack) && attack.maps,
  }
}

/** Settings with the same key share a host. */
export function keyOf({ deadline, gpu, maps, restful, without }: Setting): string {
  const missing = without.join(',') || 'all layers'
  const words = [gpu ? 'with gpu' : '', restful ? '' : 'restless', maps ? 'maps' : '']
  return [missing, deadline, ...words].join(' ')
}

function times(deadline: Setting['deadline']): { noProgressMs: number; sliceMs: number } {
  const { deadlineMs, runMs, usualMs } = attackLimits
  if (deadline === 'attacked') return { noProgressMs: deadlineMs, sliceMs: deadlineMs * 2 }
  if (deadline === 'usual') return { noProgressMs: usualMs, sliceMs: usualMs }
  return { noProgressMs: runMs * 2, sliceMs: runMs * 2 }
}

const bytesPerMib = 1 << 20

/** What the evaluator starts from now on inherits these. */
function capOutside(pid: number, { maps }: Setting): void {
  const { outerFileMib, outerMemoryMib, outerProcesses } = attackLimits
  execFileSync('prlimit', [
    '--pid',
    String(pid),
    ...(maps ? [] : [`--data=${outerMemoryMib * bytesPerMib}`]),
    `--nproc=${outerProcesses}`,
    `--fsize=${outerFileMib * bytesPerMib}`,
    '--core=0',
  ])
}

/** A host whose evaluator runs already. */
export async function openHost(setting: Setting, jail: boolean): Promise<EvaluatorHost> {
  const { heapMib, idleMs, memoryMib } = attackLimits
  const strict = setting.without.length === 0 && jail
  const host = createEvaluatorHost({
    jail: strict ? 'required' : 'auto',
    without: setting.without,
    spares: 0,
    gpu: setting.gpu && softwareGpu !== undefined ? softwareGpu : false,
    limits: {
      heapMib,
      memoryMib,
      ...times(setting.deadline),
      idleMs: setting.restful ? idleMs : Number.POSITIVE_INFINITY,
    },
  })
  const first = await host.create()
  await first.kill()
  if (setting.without.length > 0 && host.pid !== undefined) capOutside(host.pid, setting)
  return host
}
