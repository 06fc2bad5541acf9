/** Work assignments and batches as they travel to a sandbox. */
import { DcpError, mapBasic } from '@manyhands/protocol'

import type { BatchPart } from './batch-run.ts'
import type { SliceBatch, WorkAssignment } from '../sandbox.ts'
import type { WorktimeKit } from '../worktime-kit.ts'

const encoder = new TextEncoder()

/** Works with equal text here may have the same sandbox one after the other. */
export function bindingOf(work: WorkAssignment): string {
  const { dependencies, modulePath, modules, requirePath, useStrict, worktime, workFunction } = work
  const ids = [dependencies ?? [], requirePath ?? [], modulePath ?? []]
  // An interpreter keeps what its arguments made of it: files, variables, modules.
  const interpreted = worktime.name === mapBasic.name ? [] : work.arguments
  return JSON.stringify([workFunction, useStrict, worktime, ids, [...(modules ?? [])], interpreted])
}

/** The kit that the work needs; undefined when a sandbox has all by itself. */
export function kitFor(
  { worktime: { name } }: WorkAssignment,
  kits: readonly WorktimeKit[],
): WorktimeKit | undefined {
  if (name === mapBasic.name) return undefined
  const kit = kits.find(({ worktime }) => worktime.name === name)
  if (kit !== undefined) return kit
  throw new DcpError('ENOWORKTIME', `this evaluator has no worktime ${name}`)
}

export function assignPayload(work: WorkAssignment): Uint8Array {
  const { description, link, name } = work.public
  const head = JSON.stringify({
    workFunction: work.workFunction,
    worktime: work.worktime.name,
    useStrict: work.useStrict,
    public: { name, description, link },
    modules: Object.fromEntries(work.modules ?? []),
    dependencies: work.dependencies ?? [],
    requirePath: work.requirePath ?? [],
    modulePath: work.modulePath ?? [],
  }).slice(0, -1)
  return encoder.encode(`${head},"arguments":[${work.arguments.join(',')}]}`)
}

export function runPayload({ slices, values }: SliceBatch): Uint8Array {
  return encoder.encode(`{"slices":[${slices.join(',')}],"values":[${values.join(',')}]}`)
}

/** Cuts a batch so that no part is longer than a message may be. */
export function splitBatch(batch: SliceBatch, firstId: number, lengthMax: number): BatchPart[] {
  const parts: BatchPart[] = []
  let from = 0
  let length = 0
  const cut = (to: number): void => {
    if (to === from) return
    parts.push({
      id: firstId + parts.length,
      slices: batch.slices.slice(from, to),
      values: batch.values.slice(from, to),
    })
    from = to
    length = 0
  }
  for (const [index, value] of batch.values.entries()) {
    if (length + value.length > lengthMax) cut(index)
    length += value.length
  }
  cut(batch.values.length)
  return parts
}
