// The Compute API through a real scheduler and worker, over real sockets.
import { Testnet } from '@manyhands/testnet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let net: Testnet

beforeAll(async () => {
  net = await Testnet.create({ workers: 1, memory: true })
})
afterAll(() => net.close())

describe('exec', () => {
  it('computes a range', async () => {
    const { compute } = await net.connect()
    const results = await compute.for(1, 1000, (n) => n * n).exec()
    expect(results.length).toBe(1000)
    expect(results.entries().slice(-1)).toEqual([['1000', 1_000_000]])
  })
})
