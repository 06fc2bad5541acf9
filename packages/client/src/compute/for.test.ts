import { decodeWorkFunctionUri } from '@manyhands/protocol'
import { afterAll, describe, expect, it } from 'vitest'

import { scriptScheduler } from '../_scripted-scheduler.ts'
import type { Job } from '../job/job.ts'
import { set } from '../stats/set.ts'

const scheduler = scriptScheduler()
const { compute } = scheduler.client
afterAll(() => scheduler[Symbol.asyncDispose]())

interface Runnable {
  localExec(cores: false): Promise<Iterable<unknown>>
}

/** What the program's own realm makes of a job: enough to see what the work function got. */
async function results(job: Runnable): Promise<unknown[]> {
  return [...(await job.localExec(false))]
}

describe('compute.for', () => {
  it('form 1 runs over a range, whose end may lie between two steps', async () => {
    const job = compute.for({ start: 10, end: 13, step: 2 }, (i) => i)
    expect(await results(job)).toEqual([10, 12])
  })

  it('form 1 gives groups as arrays, the last one perhaps short', async () => {
    const job = compute.for({ start: 1, end: 5, group: 2 }, (i) => i.join('+'))
    expect(await results(job)).toEqual(['1+2', '3+4', '5'])
  })

  it('form 1 counts in exact decimals', async () => {
    expect(await results(compute.for({ start: 0, end: 0.3, step: 0.1 }, (i) => i))).toEqual([
      0, 0.1, 0.2, 0.3,
    ])
  })

  it('form 1 runs over sparse ranges', async () => {
    const sparse = [
      { start: 1, end: 2 },
      { start: 10, end: 20, step: 10 },
    ]
    expect(await results(compute.for({ sparse }, (i) => i))).toEqual([1, 2, 10, 20])
  })

  it('form 2a and 2b run from start to end', async () => {
    expect(await results(compute.for(1, 3, (i) => i * 10))).toEqual([10, 20, 30])
    expect(await results(compute.for(0, 10, 5, (i, by) => i * by, [2]))).toEqual([0, 10, 20])
    expect(await results(compute.for(1n, 2n, (i) => i + 1n))).toEqual([2n, 3n])
  })

  it('form 3 gives one parameter for each range, in both spellings, and nests', async () => {
    const ranges = [
      { start: 1, end: 2 },
      { start: 3, end: 5 },
    ] as const
    const nested = [
      [3, 4, 5],
      [6, 8, 10],
    ]
    expect(await results(compute.for({ ranges }, (i, j) => i * j))).toEqual(nested)
    const handle = await compute.for(ranges, (i, j, k) => i * j * k, [1]).localExec(false)
    expect([...handle]).toEqual(nested)
    expect(handle.flat()).toEqual([3, 4, 5, 6, 8, 10])
    expect(handle.keys()[1]).toEqual([1, 4])
  })

  it('keeps an array of range objects when it is asked to', async () => {
    const values = [{ start: 1, end: 2 }]
    const job = compute.for(values, (range: object) => Object.keys(range), [], { literal: true })
    expect(await results(job)).toEqual([['start', 'end']])
  })

  it.each([
    ['an array', () => ['a', 'b']],
    ['a set', () => new Set(['a', 'b'])],
    [
      'a generator',
      function* () {
        yield 'a'
        yield 'b'
      },
    ],
    [
      'an asynchronous generator',
      async function* () {
        yield 'a'
        yield 'b'
      },
    ],
  ])('form 4 runs over %s', async (_name, make) => {
    const job = compute.for(make() as Iterable<string>, (s) => s.toUpperCase())
    expect(await results(job)).toEqual(['A', 'B'])
  })

  it('takes the text of a work function', async () => {
    expect(await results(compute.for(1, 2, 'async (n) => n + 1'))).toEqual([2, 3])
  })

  it('passes the arguments after the input', async () => {
    const job = compute.for([1], (n, factor, { plus }) => n * factor + plus, [10, { plus: 1 }])
    expect(await results(job)).toEqual([11])
  })

  it('draws a distribution once: the client knows the inputs of its results', async () => {
    for (const distribution of [set.random(5, 0, 1), set.normalRNG(5, 100, 2)]) {
      const handle = await compute.for(distribution, (x) => x).localExec(false)
      expect(handle.keys()).toEqual([...handle].map(String))
    }
    const whole = await results(compute.for(set.randomInt(50, 1, 7), (x) => x))
    expect(whole.every((x) => [1, 2, 3, 4, 5, 6].includes(Number(x)))).toBe(true)
    const again = await results(compute.for(set.randomInt(50, 1, 7), (x) => x))
    expect(again).not.toEqual(whole)
  })

  const twice = (x: number): number => x * 2
  it.each<[string, () => unknown, string]>([
    ['a step of 0', () => compute.for(1, 3, 0, twice), 'step'],
    ['a reversed range', () => compute.for(3, 1, twice), 'step'],
    ['a start that is not a number', () => compute.for(Number.NaN, 1, twice), 'start'],
    ['an infinite end', () => compute.for(1, Infinity, twice), 'end'],
    [
      'an infinite end of a range object',
      () => compute.for({ start: 1, end: Infinity }, twice),
      'end',
    ],
    ['a missing end', () => compute.for({ start: 1 } as never, twice), 'end'],
    ['a group of 0', () => compute.for({ start: 1, end: 2, group: 0 }, twice as never), 'group'],
    ['no input set', () => compute.for(undefined as never, twice), 'inputSet'],
    ['a text as input set', () => compute.for('abc' as never, twice as never), 'inputSet'],
    ['no work function', () => compute.for([1], undefined as never), 'work'],
    ['an empty work function', () => compute.for(1, 2, ' '), 'work'],
    ['arguments that are no list', () => compute.for(1, 2, twice, 5 as never), 'arguments'],
    ['a step that is no number', () => compute.for(1, 2, {} as never, twice), 'step'],
  ])('refuses %s, naming the field, before anything is sent', (_name, call, field) => {
    expect(call).toThrow(
      expect.objectContaining({ code: 'EBADARG', details: expect.objectContaining({ field }) }),
    )
    expect(scheduler.received).toEqual([])
  })
})

describe('a distribution', () => {
  it.each<[string, () => unknown, string]>([
    ['of no numbers', () => set.random(0, 1, 2), 'n'],
    ['of half a number', () => set.normalRNG(1.5, 0, 1), 'n'],
    ['without a mean', () => set.normalRNG(1, undefined as never, 1), 'mean'],
    ['with a negative deviation', () => set.normalRNG(1, 0, -1), 'standardDeviation'],
    ['to infinity', () => set.random(1, 0, Infinity), 'max'],
    ['whose bounds are exchanged', () => set.randomInt(1, 2, 1), 'max'],
  ])('%s is refused, naming the field', (_name, make, field) => {
    expect(make).toThrow(expect.objectContaining({ code: 'EBADARG', details: { field } }))
  })
})

describe('compute.do', () => {
  it('runs once, or n times with a number from 0', async () => {
    expect(await results(compute.do((n, word) => `${word} ${n}`, ['once']))).toEqual(['once 0'])
    expect(await results(compute.do(3, (n) => n * n))).toEqual([0, 1, 4])
    expect(await results(compute.do(0, (n) => n))).toEqual([])
  })

  it.each([-1, 1.5, Number.NaN, Infinity])('refuses to run %d times', (n) => {
    expect(() => compute.do(n, (i) => i)).toThrow(
      expect.objectContaining({ code: 'EBADARG', details: { field: 'n' } }),
    )
  })
})

describe('what exec checks before it sends anything', () => {
  it.each<[string, (job: Job<number, number>) => void, string]>([
    ['an offer', (job) => job.setSlicePaymentOffer(1), 'none'],
    ['a negative offer', (job) => (job.slicePaymentOffer = -1), 'slicePaymentOffer'],
    [
      'a requirement',
      (job) => (job.requirements = { engine: { warp: true } as never }),
      'requirements.engine.warp',
    ],
    ['a path', (job) => (job.requirePath = 'lib' as never), 'requirePath'],
    ['a name', (job) => (job.public.name = 5 as never), 'public.name'],
    ['what is public of it', (job) => (job.public = null as never), 'public'],
    ['a worktime', (job) => (job.worktime = undefined as never), 'worktime'],
    [
      'the version of one',
      (job) => (job.worktime = { name: 'x', version: 1 } as never),
      'worktime',
    ],
    ['whether it stays open', (job) => (job.autoClose = 'no' as never), 'autoClose'],
    [
      'a slice profile',
      (job) => (job.initialSliceProfile = { cpuHours: -1 }),
      'initialSliceProfile.cpuHours',
    ],
    ['strict mode', (job) => (job.useStrict = 1 as never), 'useStrict'],
    ['compute groups', (job) => (job.computeGroups = ['public'] as never), 'computeGroups'],
    ['the language of a function', (job) => (job.worktime = 'pyodide'), 'work'],
  ])('%s', async (_name, spoil, field) => {
    const job = compute.for(1, 2, (n) => n)
    spoil(job)
    if (field === 'none') return
    await expect(job.exec()).rejects.toMatchObject({ code: 'EBADARG', details: { field } })
    expect(scheduler.received).toEqual([])
  })

  it('a text in no language that the job names', async () => {
    const job = compute.for(1, 2, '(x =>')
    const details = { field: 'work' }
    await expect(job.exec()).rejects.toMatchObject({ code: 'EBADARG', details })
    const unknown = compute.for(1, 2, 'x')
    unknown.worktime = 'fortran'
    await expect(unknown.exec()).rejects.toMatchObject({ code: 'ENOWORKTIME' })
    expect(scheduler.received).toEqual([])
  })

  it('an argument that cannot travel, and the values of the set', async () => {
    const withArgument = compute.for(1, 2, (n) => n, [() => 1] as never)
    await expect(withArgument.exec()).rejects.toMatchObject({ details: { field: 'arguments' } })
    const withValue = compute.for([Symbol('x'), () => 1], () => 1)
    await expect(withValue.exec()).rejects.toMatchObject({ details: { field: 'inputSet' } })
    expect(scheduler.received).toEqual([])
  })

  it('modules of a program that has no files', async () => {
    const job = compute.for(1, 2, (n) => n)
    job.requires('./statistics')
    await expect(job.exec()).rejects.toMatchObject({ code: 'ENOTSUPPORTED' })
    expect(scheduler.received).toEqual([])
  })
})

describe('the text that is sent', () => {
  const source = '\n  \nimport dcp;\ndcp.set_slice_handler(lambda x: x)  \n'

  it.each([
    ['the known version', {}, { name: 'pyodide', version: '^0.28.0', custom: false }],
    [
      'a version of its own',
      { worktimeVersion: '0.26.x' },
      { name: 'pyodide', version: '0.26.x', custom: false },
    ],
    [
      'a worktime of its own',
      { worktime: 'fortran', customWorktime: true },
      { name: 'fortran', version: '*', custom: true },
    ],
    [
      'a worktime with its version',
      { worktime: { name: 'pyodide', version: '>=0.28' } },
      { name: 'pyodide', version: '>=0.28', custom: false },
    ],
  ])('is as it was given in another language, with %s', async (_what, settings, worktime) => {
    await using other = scriptScheduler()
    const job = Object.assign(other.client.compute.for(1, 2, source), {
      worktime: 'pyodide',
      ...settings,
    })
    job.exec().catch(() => undefined)
    await other.subscribed('stop')
    const [submitted] = other.received
    expect(decodeWorkFunctionUri(String(submitted?.data.workFunctionURI))).toBe(source)
    expect(submitted?.data['worktime']).toEqual(worktime)
  })

  it('spreads the tuples of a multi range on every worker', async () => {
    await using other = scriptScheduler()
    const ranges = [
      { start: 1, end: 2 },
      { start: 1, end: 2 },
    ] as const
    const running = other.client.compute.for(ranges, (i, j) => i + j).exec()
    running.catch(() => undefined)
    await other.subscribed('stop')
    const uri = String(other.received[0]?.data.workFunctionURI)
    // oxlint-disable-next-line no-new-func, no-implied-eval -- as an official worker would evaluate it
    const official = new Function(`return (${decodeWorkFunctionUri(uri)})`)()
    expect(official([1, 2])).toBe(3)
  })
})
