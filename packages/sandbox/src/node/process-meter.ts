/**
 * Processor time of one sandbox. Where this program sees the same processes as the evaluator it reads
 * the counters itself, which is several times faster than to ask; elsewhere it asks.
 */
import {
  type CpuMeter,
  createCpuMeter,
  createGpuMeter,
  type GpuMeter,
  pidNamespace,
} from '@manyhands/evaluator'

import type { ControlClient } from './control-client.ts'

export interface ProcessMeter {
  /** Milliseconds of processor time so far; undefined when nobody can tell. */
  cpuMs(): Promise<number | undefined>
  /** The same on a graphics processor, as of the last reading. */
  gpuMs(): number | undefined
  close(): void
}

export function createProcessMeter(control: ControlClient, sandbox: string): ProcessMeter {
  let opening: Promise<void> | undefined
  let meter: CpuMeter | undefined
  let gpu: GpuMeter | undefined
  let toldGpuMs: number | undefined
  let closed = false

  async function open(): Promise<void> {
    const { namespace, pid } = await control.request('process', { sandbox })
    const visible = typeof namespace === 'string' && namespace === pidNamespace()
    if (!visible || typeof pid !== 'number' || closed) return
    meter = createCpuMeter(pid)
    gpu = createGpuMeter(pid)
  }

  async function ask(): Promise<number | undefined> {
    const usage = await control.request('usage', { sandboxes: [sandbox] })
    const { cpuMs, gpuMs } = (usage[sandbox] ?? {}) as Partial<Record<string, unknown>>
    if (typeof gpuMs === 'number') toldGpuMs = gpuMs
    return typeof cpuMs === 'number' ? cpuMs : undefined
  }

  return {
    async cpuMs() {
      await (opening ??= open())
      return meter?.read() ?? ask()
    },
    gpuMs: () => (gpu === undefined ? toldGpuMs : gpu.read()),
    close() {
      closed = true
      meter?.close()
      meter = undefined
    },
  }
}
