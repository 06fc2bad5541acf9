import { describe, expect, it } from 'vitest'

import { Testnet } from '@manyhands/testnet'

describe('a job through the whole computer', () => {
  it('is computed by sandboxes in memory', async () => {
    await using net = await Testnet.create({ memory: true })
    const { compute } = await net.connect()
    const results = await compute.for(1, 3, (x: number) => x * 10).exec()
    expect(Array.from(results)).toEqual([10, 20, 30])
  })

  it('is computed by real sandboxes', async () => {
    await using net = await Testnet.create({ sandboxes: 2 })
    const { compute } = await net.connect()
    const results = await compute.for(1, 3, (x: number) => x * 10).exec()
    expect(Array.from(results)).toEqual([10, 20, 30])
  })
})
