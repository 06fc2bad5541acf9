// A sandbox whose process is played by the test: it says what a guest says, and dies when it is told.
import { createManualClock, type ManualClock, silentLogger } from '@manyhands/protocol'

import { createFramedSandbox, type FramedSandbox } from './framed-sandbox.ts'
import { encodeFrames, type ReportName, reportTypes } from './frames.ts'
import { defaultLimits } from '../limits.ts'
import type { SliceError } from '../sandbox.ts'
import type { WorktimeKit } from '../worktime-kit.ts'

export interface PlayedSandbox {
  readonly sandbox: FramedSandbox
  readonly clock: ManualClock
  /** Types of the orders that were sent. */
  readonly orders: readonly number[]
  readonly killed: () => boolean
  readonly say: (name: ReportName, id: number, value: unknown) => void
  readonly exit: (error: SliceError) => void
}

export interface Part {
  /** What the process has used so far; undefined when it cannot be told. */
  readonly cpuMs?: () => number | undefined
  readonly gpuMs?: (() => number | undefined) | undefined
  readonly kits?: readonly WorktimeKit[]
}

/** It has said that it is ready. */
export function playSandbox({ cpuMs = () => 0, gpuMs, kits = [] }: Part = {}): PlayedSandbox {
  const clock = createManualClock()
  const orders: number[] = []
  let killed = false
  let exit: (error: SliceError) => void = () => undefined
  const ended = new Promise<SliceError>((resolve) => {
    exit = resolve
  })
  const sandbox = createFramedSandbox(
    's1',
    {
      ended,
      send: (bytes) => orders.push(bytes[4] ?? 0),
      cpuMs: async () => cpuMs(),
      ...(gpuMs && { gpuMs }),
      async kill() {
        killed = true
        exit({ name: 'Error', code: 'ESANDBOX', message: 'killed' })
      },
    },
    { clock, logger: silentLogger, limits: defaultLimits, warned: new WeakSet(), kits },
  )
  const say = (name: ReportName, id: number, value: unknown): void => {
    const payload = new TextEncoder().encode(JSON.stringify(value))
    for (const frame of encodeFrames(reportTypes[name], id, payload)) sandbox.receive(frame)
  }
  say('ready', 0, {})
  return { sandbox, clock, orders, killed: () => killed, say, exit }
}
