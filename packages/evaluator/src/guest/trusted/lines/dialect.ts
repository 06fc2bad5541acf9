/**
 * The two generations of the official worker. They are told apart by the label of the first message
 * and differ in how capabilities, worktimes and jobs are described.
 */
import { type KvinLabel, mapBasic, pyodide, type Worktime } from '@manyhands/protocol'

import type { RealmFeatures } from '../../messages.ts'

/** What this guest can run when its host has the files of the worktimes with these names. */
export function worktimesWith(names: readonly string[]): readonly Worktime[] {
  return [...(names.includes(pyodide.name) ? [pyodide] : []), mapBasic]
}

/** The label of the document in a line; undefined when it has none. */
export function labelOf(line: string): KvinLabel | undefined {
  const [, label] = /"_serializeVerId":\s*"(v[89])"/.exec(line.slice(0, 1_000)) ?? []
  return label === 'v8' || label === 'v9' ? label : undefined
}

export function describeWorktimes(label: KvinLabel, worktimes: readonly Worktime[]): unknown {
  if (label === 'v9') return worktimes
  return worktimes.toReversed().map(({ name, version }) => ({ name, versions: [version] }))
}

export function describeCapabilities(label: KvinLabel, features: RealmFeatures): unknown {
  const { fdlibm, offscreenCanvas, useStrict, webgpu } = features
  const environment = { webgpu, offscreenCanvas, fdlibm }
  if (label === 'v9') return { environment, useStrict }
  return {
    engine: { es7: false, spidermonkey: false },
    environment,
    browser: { chrome: undefined },
    details: {
      offscreenCanvas: {
        bigTexture4096: false,
        bigTexture8192: false,
        bigTexture16384: false,
        bigTexture32768: false,
      },
    },
    discrete: true,
    useStrict,
  }
}
