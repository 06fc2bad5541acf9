import { describe, expect, it } from 'vitest'
import { charge, mostNeglected, startingShare } from './fairness.ts'

function job(name: string, served = 0): { readonly name: string; served: number } {
  return { name, served }
}

describe('fair shares', () => {
  it('give two jobs equal time, however long their slices are', () => {
    const quick = job('quick')
    const slow = job('slow')
    const time = new Map([
      [quick, 0],
      [slow, 0],
    ])
    for (let turn = 0; turn < 1_000; turn++) {
      const next = mostNeglected([quick, slow])
      if (next === undefined) break
      const mean = next === quick ? 1 : 50
      charge(next, 1, mean)
      time.set(next, (time.get(next) ?? 0) + mean)
    }
    const ratio = (time.get(quick) ?? 0) / (time.get(slow) ?? 1)
    expect(ratio).toBeGreaterThan(0.8)
    expect(ratio).toBeLessThan(1.25)
  })

  it('serve the earlier of two equals, and nobody when there is none', () => {
    const [first, second] = [job('first'), job('second')]
    expect(mostNeglected([first, second])).toBe(first)
    expect(mostNeglected([])).toBeUndefined()
  })

  it('let a new job begin with the others, without a credit for its absence', () => {
    expect(startingShare([job('a', 500), job('b', 700)], 0)).toBe(500)
    expect(startingShare([job('a', 500)], 900)).toBe(900)
    expect(startingShare([], 3)).toBe(3)
  })
})
