import { parsePrepared, seededRandom, systemClock } from '@manyhands/protocol'
import { describe, expect, it, vi } from 'vitest'

import { limits } from '../limits.ts'
import { type Piles, createPiles } from './piles.ts'
import { listedInput, recognizeInput } from './recognize.ts'

const piles = (source: Iterable<unknown> | AsyncIterable<unknown>): Piles =>
  createPiles(listedInput(source), systemClock)

describe('piles', () => {
  it('hold the values in order, and say which is the last', async () => {
    const { texts, last } = await piles(['a', 2, { deep: [true] }]).next()
    expect(texts.map((text) => parsePrepared(text))).toEqual(['a', 2, { deep: [true] }])
    expect(last).toBe(true)
  })

  it('are empty and last for an empty set', async () => {
    expect(await piles([]).next()).toEqual({ texts: [], last: true })
  })

  it('hold at most so many slices, and read no further', async () => {
    let read = 0
    function* forever(): Iterable<number> {
      while (true) yield read++
    }
    const subject = piles(forever())
    expect((await subject.next()).texts).toHaveLength(limits.pileSlicesMax)
    expect(read).toBe(limits.pileSlicesMax)
    subject.close()
    expect(await subject.next()).toEqual({ texts: [], last: true })
  })

  it('hold at most so much text, a larger value travelling alone', async () => {
    const large = 'x'.repeat(limits.pileTextMax + 1)
    const subject = piles(['small', large, 'small'])
    const sizes: number[][] = []
    for (let last = false; !last;) {
      const pile = await subject.next()
      sizes.push(pile.texts.map((text) => text.length))
      last = pile.last
    }
    expect(sizes).toEqual([[7], [large.length + 2], [7]])
  })

  it('do not wait for a slow source once they have begun', async () => {
    let release: () => void = () => undefined
    async function* slow(): AsyncIterable<number> {
      yield 1
      await new Promise<void>((resolve) => {
        release = resolve
      })
      yield 2
    }
    const subject = piles(slow())
    expect(await subject.next()).toMatchObject({ last: false, texts: ['1'] })
    release()
    expect(await subject.next()).toMatchObject({ last: true, texts: ['2'] })
  })

  it('refuse a value that cannot travel, naming its slice', async () => {
    await expect(piles([1, () => 1]).next()).rejects.toMatchObject({
      code: 'EBADARG',
      details: { field: 'inputSet', slice: 2 },
    })
  })

  it('let the source go when they are closed before its end', async () => {
    const done = vi.fn<(...args: unknown[]) => void>()
    function* source(): Iterable<number> {
      try {
        for (let n = 0; ; n++) yield n
      } finally {
        done()
      }
    }
    const subject = piles(source())
    await subject.next()
    subject.close()
    expect(done).toHaveBeenCalledOnce()
  })

  it('call a generator function only when they read it', async () => {
    const called = vi.fn<(...args: unknown[]) => void>()
    const input = recognizeInput(function* () {
      called()
      yield 'one'
    }, seededRandom('piles'))
    expect(called).not.toHaveBeenCalled()
    if (input.kind !== 'values') throw new Error('a generator is a listed set')
    expect((await createPiles(input, systemClock).next()).texts).toEqual(['"one"'])
  })
})
