/**
 * The two generations of the official worker. They are told apart by the label of the first message
 * and differ in how capabilities, worktimes and jobs are described.
 */
import type { KvinLabel } from '@manyhands/protocol'

import type { RealmFeatures } from '../../messages.ts'

interface Worktime {
  readonly name: string
  readonly version: string
}

/** What this guest can run. */
export const worktimes: readonly Worktime[] = [{ name: 'map-basic', version: '1.0.0' }]

/** The label of the document in a line; undefined when it has none. */
export function labelOf(line: string): KvinLabel | undefined {
  const [, label] = /"_serializeVerId":\s*"(v[89])"/.exec(line.slice(0, 1_000)) ?? []
  return label === 'v8' || label === 'v9' ? label : undefined
}

export function describeWorktimes(label: KvinLabel): unknown {
  if (label === 'v9') return worktimes
  return worktimes.map(({ name, version }) => ({ name, versions: [version] }))
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
