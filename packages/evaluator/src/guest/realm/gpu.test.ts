import { describe, expect, it } from 'vitest'

import { isSoftware, withoutClock } from './gpu.ts'

const hardware = {
  vendor: '0x10de',
  architecture: '',
  device: '0x2335',
  description: 'NVIDIA H200',
}

describe('an adapter', () => {
  it.each([
    ['llvmpipe (LLVM 15.0.6, 256 bits)', true],
    ['SwiftShader Device (Subzero)', true],
    ['Microsoft Basic Render Driver', true],
    ['NVIDIA H200', false],
    ['AMD Radeon RX 7900 XTX (RADV NAVI31)', false],
    ['Intel(R) Arc(tm) A770 Graphics (DG2)', false],
  ])('that calls itself %s: software is %s', (description, software) => {
    expect(isSoftware({ ...hardware, description })).toBe(software)
  })

  it('that the engine takes for a stopgap is software', () => {
    expect(isSoftware({ ...hardware, isFallbackAdapter: true })).toBe(true)
  })
})

class FakeAdapter {
  readonly info = hardware
  get features(): Iterable<string> {
    return new Set(['timestamp-query', 'shader-f16'])
  }
  async requestDevice(descriptor: { requiredFeatures?: Iterable<string> } = {}): Promise<unknown> {
    return [...(descriptor.requiredFeatures ?? [])]
  }
}

describe('the clock of a graphics processor', () => {
  withoutClock(FakeAdapter.prototype)
  const adapter = new FakeAdapter()

  it('is not offered', () => {
    expect([...adapter.features]).toEqual(['shader-f16'])
  })

  it.each([
    ['by name', ['timestamp-query', 'shader-f16']],
    ['by something that becomes its name', [{ toString: () => 'timestamp-query' }, 'shader-f16']],
    [
      'from a generator',
      (function* () {
        yield* ['timestamp-query', 'shader-f16']
      })(),
    ],
  ])('is not given to whoever asks %s', async (_how, requiredFeatures) => {
    const wanted = { requiredFeatures } as { requiredFeatures: Iterable<string> }
    expect(await adapter.requestDevice(wanted)).toEqual(['shader-f16'])
  })

  it('is not given by an iterator that changed', async () => {
    const native = Array.prototype[Symbol.iterator]
    const requiredFeatures = new Set(['shader-f16'])
    let given: unknown
    // What a work function might do; the fake reads the sequence as the engine does.
    Array.prototype[Symbol.iterator] = function* () {
      yield 'timestamp-query'
    } as typeof native
    try {
      given = adapter.requestDevice({ requiredFeatures })
    } finally {
      Array.prototype[Symbol.iterator] = native
    }
    expect(await given).toEqual(['shader-f16'])
  })
})
