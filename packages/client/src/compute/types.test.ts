import { describe, expectTypeOf, it } from 'vitest'

import { scriptScheduler } from '../_scripted-scheduler.ts'
import type { ResultHandle } from '../results/result-handle.ts'
import { set } from '../stats/set.ts'

type ResultsOf<Executable extends { exec(): Promise<unknown> }> = Awaited<
  ReturnType<Executable['exec']>
>

/** Only the types matter: the jobs are made, never run. */
const { compute } = scriptScheduler().client

describe('the types of a job', () => {
  it('follow the work function from the input set to the results', () => {
    const check = async (): Promise<void> => {
      const job = compute.for(1, 10, (n) => ({ square: n * n }))
      const results = await job.exec()
      expectTypeOf(results).toEqualTypeOf<ResultHandle<number, { square: number }>>()
      expectTypeOf(results[0]).toEqualTypeOf<{ square: number } | undefined>()
      expectTypeOf(results.entries()).toEqualTypeOf<[string, { square: number }][]>()
      expectTypeOf(await job.localExec()).toEqualTypeOf(results)
    }
    expectTypeOf(check).toBeFunction()
  })

  it('wait for promises', () => {
    const job = compute.for(['a', 'b'], async (text) => text.length)
    expectTypeOf<ResultsOf<typeof job>>().toEqualTypeOf<ResultHandle<string, number>>()
  })

  it('know groups, BigInts, steps and distributions', () => {
    compute.for({ start: 1, end: 5, group: 2 }, (n) => expectTypeOf(n).toEqualTypeOf<number[]>())
    compute.for({ start: 1n, end: 5n }, (n) => expectTypeOf(n).toEqualTypeOf<bigint>())
    compute.for(0, 1, 0.1, (n) => expectTypeOf(n).toEqualTypeOf<number>())
    compute.for(set.random(3, 0, 1), (n) => expectTypeOf(n).toEqualTypeOf<number>())
    compute.for({ sparse: [{ start: 1, end: 2 }] }, (n) => expectTypeOf(n).toEqualTypeOf<number>())
  })

  it('spread multi ranges over parameters and nest their results', () => {
    const pair = [
      { start: 1, end: 2 },
      { start: 1n, end: 2n },
    ] as const
    const job = compute.for(pair, (i, j) => {
      expectTypeOf(i).toEqualTypeOf<number>()
      expectTypeOf(j).toEqualTypeOf<bigint>()
      return `${i}${j}`
    })
    expectTypeOf<ResultsOf<typeof job>>().toEqualTypeOf<
      ResultHandle<[number, bigint], string, string[]>
    >()
    const triple = compute.for(
      { ranges: [{ start: 1, end: 2 }, ['x', 'y'], { start: 1, end: 4, group: 2 }] },
      (i, letter, group) => {
        expectTypeOf(letter).toEqualTypeOf<'x' | 'y'>()
        return [i, letter, group.length]
      },
    )
    expectTypeOf<ResultsOf<typeof triple>[number]>().toEqualTypeOf<(number | 'x' | 'y')[][][]>()
  })

  it('check the arguments against the parameters', () => {
    compute.for(1, 2, (n, factor: number, text: string) => text.repeat(n * factor), [2, 'x'])
    // @ts-expect-error: the second argument is a text
    compute.for(1, 2, (n, factor: number, text: string) => text.repeat(n * factor), [2, 3])
  })

  it('take any iterable', () => {
    function* numbers(): Generator<number> {
      yield 1
    }
    async function* texts(): AsyncGenerator<string> {
      yield 'a'
    }
    compute.for(numbers(), (n) => expectTypeOf(n).toEqualTypeOf<number>())
    compute.for(numbers, (n) => expectTypeOf(n).toEqualTypeOf<number>())
    compute.for(texts(), (s) => expectTypeOf(s).toEqualTypeOf<string>())
    compute.for(new Map<string, Date>(), ([key, at]) => {
      expectTypeOf(key).toEqualTypeOf<string>()
      expectTypeOf(at).toEqualTypeOf<Date>()
    })
  })

  it('give events their own types', () => {
    const job = compute.do(3, (n) => n * 2)
    job.on('result', function ({ result }) {
      expectTypeOf(result).toEqualTypeOf<number>()
      expectTypeOf(this).toEqualTypeOf(job)
    })
    job.on('status', ({ computed }) => expectTypeOf(computed).toEqualTypeOf<number>())
    job.on('complete', (results) =>
      expectTypeOf(results).toEqualTypeOf<ResultHandle<number, number>>(),
    )
    job.work.on('anything', ({ data }) => expectTypeOf(data).toEqualTypeOf<unknown>())
  })
})
