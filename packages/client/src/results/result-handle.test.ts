import { inspect } from 'node:util'

import { afterAll, describe, expect, it } from 'vitest'

import { scriptScheduler } from '../_scripted-scheduler.ts'

const scheduler = scriptScheduler()
const { compute } = scheduler.client
afterAll(() => scheduler[Symbol.asyncDispose]())

describe('a result handle', () => {
  it('prints as the first example of the Compute API says', async () => {
    const results = await compute.for(1, 3, (i) => i * 10).localExec(false)
    expect(inspect(results)).toBe('[ 10, 20, 30 ]')
    expect(inspect(results.entries())).toBe("[ [ '1', 10 ], [ '2', 20 ], [ '3', 30 ] ]")
    expect(inspect(results.fromEntries())).toBe("{ '1': 10, '2': 20, '3': 30 }")
    expect(inspect(results.keys())).toBe("[ '1', '2', '3' ]")
    expect(inspect(results.values())).toBe('[ 10, 20, 30 ]')
    expect(inspect(results.key(2))).toBe('20')
  })

  it('finds results by input, and throws ERANGE for what is none', async () => {
    const inputs = ['blue', 7, { shade: 3 }, null]
    const results = await compute.for(inputs, (x: unknown) => [x]).localExec(false)
    expect(results.lookupValue('blue')).toEqual(['blue'])
    expect(results.lookupValue({ shade: 3 })).toEqual([{ shade: 3 }])
    expect(() => results.lookupValue('7')).toThrow(expect.objectContaining({ code: 'ERANGE' }))
    expect(() => results.key('green')).toThrow(expect.objectContaining({ code: 'ERANGE' }))
    expect(Object.keys(results.fromEntries())).toEqual(['7', 'blue', 'null'])
  })

  it('takes the last of equal keys', async () => {
    const results = await compute
      .for(['a', 'b', 'a'], (x: string, n: number[]) => `${x}${n.push(1)}`, [[0]])
      .localExec(false)
    expect(results.fromEntries()).toEqual({ a: 'a4', b: 'b3' })
    expect(results.lookupValue('a')).toBe('a4')
  })

  it('is an array', async () => {
    const results = await compute.do(3, (n) => n).localExec(false)
    expect(Array.isArray(results)).toBe(true)
    expect(results.length).toBe(3)
    expect(results.map((n) => n + 1)).toEqual([1, 2, 3])
    expect(JSON.stringify(results)).toBe('[0,1,2]')
    expect(Object.keys(results)).toEqual(['0', '1', '2'])
  })

  it('asks the scheduler only about deployed jobs', async () => {
    const results = await compute.do(3, (n) => n).localExec(false)
    await expect(results.fetch()).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
