import { inspect } from 'node:util'

import { describe, expect, it } from 'vitest'

import { createResultStore, guardedArray } from './store.ts'

describe('the result store', () => {
  it('keeps each slice at its place in the input set', () => {
    const store = createResultStore()
    for (const slice of [3, 1, 2]) store.put(slice, slice * 10)
    expect(store.elements).toEqual([10, 20, 30])
    expect(store.slices()).toEqual([[1, 3]])
    expect(store.count()).toBe(3)
  })

  it('counts a repeated slice once', () => {
    const store = createResultStore()
    store.put(2, 'first')
    store.put(2, 'again')
    expect(store.count()).toBe(1)
    expect(store.get(2)).toBe('again')
  })

  it('nests the results of a multi range, the last range innermost', () => {
    const store = createResultStore([2, 3])
    for (let slice = 6; slice >= 1; slice--) store.put(slice, slice)
    expect(store.elements).toEqual([
      [1, 2, 3],
      [4, 5, 6],
    ])
    expect(inspect(store.elements)).toBe('[ [ 1, 2, 3 ], [ 4, 5, 6 ] ]')
    expect(store.get(5)).toBe(5)
  })

  it('forgets what is deleted', () => {
    const store = createResultStore([2, 2])
    for (const slice of [1, 2, 3, 4]) store.put(slice, slice)
    store.delete([4, 2, 9])
    expect(store.slices()).toEqual([
      [1, 1],
      [3, 3],
    ])
    expect(() => store.get(2)).toThrow(expect.objectContaining({ code: 'ENOENT' }))
    expect(store.has(3)).toBe(true)
  })

  it('holds results in any order, far apart', () => {
    const store = createResultStore()
    const slices = [4_000_000_000, 7, 9_007_199_254_740_991, 5]
    for (const slice of slices) store.put(slice, `result ${slice}`)
    for (const slice of slices) expect(store.get(slice)).toBe(`result ${slice}`)
    expect(store.count()).toBe(4)
  })
})

describe('a guarded array', () => {
  it('throws for an element that is not in memory, and is otherwise an array', () => {
    const elements: unknown[] = [1]
    const guarded = guardedArray(elements, 'results')
    expect(() => guarded[1]).toThrow(expect.objectContaining({ code: 'ENOENT' }))
    elements[1] = undefined
    expect(guarded[1]).toBeUndefined()
    expect(Array.isArray(guarded)).toBe(true)
    expect(guarded.map(String)).toEqual(['1', 'undefined'])
    expect(inspect(guarded)).toBe('[ 1, undefined ]')
  })
})
