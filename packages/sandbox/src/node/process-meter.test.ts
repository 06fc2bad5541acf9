import { expect, it } from 'vitest'

import type { ControlClient } from './control-client.ts'
import { createProcessMeter } from './process-meter.ts'

/** An evaluator whose processes are not those that this program sees. */
function farEvaluator(usage: object): ControlClient {
  return {
    closed: new Promise(() => undefined),
    alive: true,
    request: async (op) =>
      op === 'process' ? { pid: 1, namespace: 'pid:[another]' } : { s1: usage },
    close: () => undefined,
  }
}

it('asks an evaluator whose processes it does not see', async () => {
  const usage = { cpuMs: 12, gpuMs: 34 }
  const meter = createProcessMeter(farEvaluator(usage), 's1')
  expect(meter.gpuMs()).toBeUndefined()
  expect([await meter.cpuMs(), meter.gpuMs()]).toEqual([12, 34])
  Object.assign(usage, { cpuMs: 13, gpuMs: undefined })
  expect([await meter.cpuMs(), meter.gpuMs()]).toEqual([13, 34])
  meter.close()
})

it('does not guess what the evaluator cannot tell', async () => {
  const meter = createProcessMeter(farEvaluator({}), 's1')
  expect([await meter.cpuMs(), meter.gpuMs()]).toEqual([undefined, undefined])
})
