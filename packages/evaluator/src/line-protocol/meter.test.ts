import { describe, expect, it } from 'vitest'

import { createSliceMeter } from './meter.ts'

describe('the cost of a slice', () => {
  it('is what was measured since the sandbox was ready for it', () => {
    let cpu: number | undefined = 40
    let gpu: number | undefined = 200
    let now = 1_000
    const meter = createSliceMeter({ cpuMs: () => cpu, gpuMs: () => gpu, now: () => now })
    meter.begin()
    cpu = 55
    gpu = 230
    now = 1_100
    expect(meter.read(80)).toEqual({ total: 80, CPU: 15, webGPU: 30 })
    // An hour in a slice of a tenth of a second is not believed, and neither is nonsense.
    expect(meter.read(3_600_000)).toEqual({ total: 100, CPU: 15, webGPU: 30 })
    expect(meter.read(Number.NaN)).toEqual({ total: 100, CPU: 15, webGPU: 30 })
    // Never more than one core: the worker would wait for cores that it does not have.
    expect(meter.read(9)).toEqual({ total: 9, CPU: 9, webGPU: 9 })
    expect(meter.read(-5)).toEqual({ total: 0, CPU: 0, webGPU: 0 })
    cpu = undefined
    gpu = undefined
    expect(meter.read(80)).toEqual({ total: 80, CPU: 80, webGPU: 0 })
  })
})
