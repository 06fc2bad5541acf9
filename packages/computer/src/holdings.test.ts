import { describe, expect, it } from 'vitest'

import { createHoldings } from './holdings.ts'

describe('holdings', () => {
  it('are given back in reverse order', async () => {
    const order: number[] = []
    const holdings = createHoldings()
    for (const number of [1, 2, 3]) {
      holdings.add(() => {
        order.push(number)
        return Promise.resolve()
      })
    }
    await holdings.release()
    await holdings.release()
    expect(order).toEqual([3, 2, 1])
  })

  it('are all given back although one fails', async () => {
    let given = false
    const holdings = createHoldings()
    holdings.add(() => {
      given = true
      return Promise.resolve()
    })
    holdings.add(() => Promise.reject(new Error('stuck')))
    await expect(holdings.release()).rejects.toThrow('stuck')
    expect(given).toBe(true)
  })
})
