// The Compute API through a real scheduler and a real worker.
import type { Client } from '@manyhands/client'
import { set } from '@manyhands/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type Computer, startComputer } from './_computer.ts'

let computer: Computer
let client: Client
beforeAll(async () => {
  computer = await startComputer()
  client = computer.connect()
})
afterAll(() => computer[Symbol.asyncDispose]())

describe('exec', () => {
  it('computes every form of compute.for', async () => {
    const { compute } = client
    const double = (n: number): number => n * 2
    expect([...(await compute.for(1, 300, double).exec())].at(-1)).toBe(600)
    expect(await compute.for(0, 1, 0.5, double).exec()).toEqual([0, 1, 2])
    expect(await compute.for({ start: 10, end: 13, group: 2 }, (g) => g.length).exec()).toEqual([
      2, 2,
    ])
    const sparse = [
      { start: 1, end: 2 },
      { start: 8, end: 9 },
    ]
    expect(await compute.for({ sparse }, double).exec()).toEqual([2, 4, 16, 18])
    const ranges = [
      { start: 1, end: 2 },
      { start: 3, end: 5 },
    ] as const
    expect(await compute.for(ranges, (i, j) => i * j).exec()).toEqual([
      [3, 4, 5],
      [6, 8, 10],
    ])
    const words = compute.for(new Set(['a', 'bc']), (text, n) => text.repeat(n), [2])
    expect(await words.exec()).toEqual(['aa', 'bcbc'])
    expect(await compute.do(3, (n) => n).exec()).toEqual([0, 1, 2])
  })

  it('sends a generator in piles and keeps its order', async () => {
    // Five of them fill a pile.
    const size = 200_000
    function* texts(): Generator<string> {
      for (let n = 0; n < 23; n++) yield String(n).padStart(size, ' ')
    }
    const results = await client.compute.for(texts, (text) => Number(text)).exec()
    expect([...results]).toEqual(Array.from({ length: 23 }, (_, n) => n))
    expect(results.keys()[22]).toHaveLength(size)
  })

  it('finishes an empty set at once', async () => {
    const results = await client.compute.for([], (n) => n).exec()
    expect(results.length).toBe(0)
  })

  it('draws the same random numbers as the client', async () => {
    const results = await client.compute.for(set.normalRNG(50, 100, 15), (x) => x).exec()
    expect(results.keys()).toEqual([...results].map(String))
  })

  it('brings every kind of value there and back', async () => {
    const values = [
      undefined,
      null,
      Number.NaN,
      -0,
      12n ** 30n,
      new Date(5),
      new Map([['k', { deep: [1] }]]),
      new Set([1]),
      new Float64Array([1, 2]),
      'é#%',
      { a: [undefined] },
    ]
    const results = await client.compute.for(values, (value) => ({ value })).exec()
    expect([...results].map(({ value }) => value)).toEqual(values)
  })

  it('emits what happens', async () => {
    const heard: unknown[] = []
    const work = `(n) => { console.log('slice', n); work.emit('half', { n }); progress(1); return n }`
    const job = client.compute.for(1, 2, work)
    const note = (name: string) => (detail: unknown) => void heard.push([name, detail])
    job.on('accepted', (event) => note('accepted')(event.job === job))
    job.on('console', ({ message, level }) => note('console')([level, ...message]))
    job.work.on('half', ({ data }) => note('half')(data))
    job.on('result', ({ result }) => note('result')(result))
    job.on('complete', ({ length }) => note('complete')(length))
    await job.exec()
    expect(heard).toEqual(
      expect.arrayContaining([
        ['accepted', true],
        ['console', ['log', 'slice', 1]],
        ['console', ['log', 'slice', 2]],
        ['half', { n: 1 }],
        ['half', { n: 2 }],
        ['result', 1],
        ['result', 2],
        ['complete', 2],
      ]),
    )
    expect(job.status).toMatchObject({ runStatus: 'finished', total: 2, computed: 2 })
    const receipt = { job: job.id, escrow: job.address, time: expect.any(Number) }
    expect(job.receipt).toMatchObject({ receipt, owner: expect.stringMatching(/^0x/) })
    expect(job.meanSliceProfile).toMatchObject({ cpuHours: expect.any(Number), outputBytes: 1 })
  })

  it('rejects with ETOOMANYERRORS when slices keep failing, having told each error', async () => {
    const job = client.compute.for(1, 3, (n: number) => {
      throw new RangeError(`no ${n}`)
    })
    const errors: string[] = []
    job.on('error', ({ name, message }) => errors.push(`${name}: ${message}`))
    await expect(job.exec()).rejects.toMatchObject({
      code: 'ETOOMANYERRORS',
      // The error is quoted once.
      message: expect.stringMatching(/^(?!.*no \d.*no \d).*no \d/),
    })
    expect(errors[0]).toMatch(/^RangeError: no \d$/)
  })
})

describe('a job', () => {
  it('can be cancelled', async () => {
    const idle = await startComputer({ idle: true })
    const { compute } = idle.connect()
    const job = compute.for(1, 1e15, (n) => n)
    const cancelled: unknown[] = []
    job.on('cancel', ({ reason }) => cancelled.push(reason))
    const accepted = new Promise((resolve) => job.on('accepted', resolve))
    const running = job.exec()
    const failure = running.catch((error: unknown) => error)
    await accepted
    expect(job.status.total).toBe(1e15)
    await job.cancel('changed my mind')
    expect(await failure).toMatchObject({ code: 'ECANCEL' })
    expect(cancelled).toEqual(['changed my mind'])
    expect((await compute.status(job)).runStatus).toBe('cancelled')
    await idle[Symbol.asyncDispose]()
  })

  it('is found again, and its results fetched, by another program of its owner', async () => {
    const job = client.compute.for(1, 100, (n) => n * n)
    await job.exec()
    const later = computer.connect()
    const again = await later.compute.resume(job.id).exec()
    expect([...again]).toEqual([...(job.results ?? [])])
    expect(again.lookupValue(10)).toBe(100)
    const stranger = (await startComputer({ idle: true })).owner
    await expect(computer.connect(stranger).compute.status(job.id)).rejects.toMatchObject({
      code: 'ENOENT',
    })
  })

  it('stays open for slices until it is closed', async () => {
    const job = client.compute.for(['a'], (text: string) => text.toUpperCase())
    job.autoClose = false
    const running = job.exec()
    await job.addSlices(['b', 'c'])
    await job.close()
    expect((await running).entries()).toEqual([
      ['a', 'A'],
      ['b', 'B'],
      ['c', 'C'],
    ])
    await expect(job.addSlices(['d'])).rejects.toMatchObject({ code: 'EJOBCLOSED' })
  })

  it('goes on over a restart of the scheduler', async () => {
    const own = await startComputer({ idle: true })
    const { compute } = own.connect()
    const job = compute.for(1, 500, (n) => n)
    const accepted = new Promise((resolve) => job.on('accepted', resolve))
    const running = job.exec()
    await accepted
    await own.restartScheduler()
    const some = new Promise<void>((resolve) => job.once('resultsUpdated', () => resolve()))
    await own.startWorker()
    await some
    await own.restartScheduler()
    const results = await running
    expect(results.length).toBe(500)
    expect(results.every((value, index) => value === index + 1)).toBe(true)
    await own[Symbol.asyncDispose]()
  })
})

describe('stored results', () => {
  it('can be listed, fetched, described and deleted', async () => {
    const job = client.compute.for(1, 10, (n) => n * 10)
    job.collateResults = false
    const results = await job.exec()
    expect(() => results[0]).toThrow(expect.objectContaining({ code: 'ENOENT' }))
    expect(await results.list()).toEqual({ start: 1, end: 10, step: 1 })
    await results.fetch({ start: 2, end: 4 })
    expect(results.entries()).toEqual([
      ['2', 20],
      ['3', 30],
      ['4', 40],
    ])
    const fetched: number[] = []
    job.on('result', ({ sliceNumber }) => fetched.push(sliceNumber))
    await results.fetch(undefined, true)
    expect(fetched).toEqual([1, 5, 6, 7, 8, 9, 10])
    const [first] = await results.stat({ start: 3, end: 3 })
    expect(first).toMatchObject({ slice: 3, computedTime: expect.any(Number) })
    expect(
      await results.delete({
        sparse: [
          { start: 1, end: 2 },
          { start: 9, end: 10 },
        ],
      }),
    ).toEqual([1, 2, 9, 10])
    expect(await results.list()).toEqual({ start: 3, end: 8, step: 1 })
    expect(results.keys()).toHaveLength(10)
    expect(results.values()).toHaveLength(6)
  })
})

describe('what can be asked about a job', () => {
  it('is its status and its reports', async () => {
    const started = Date.now()
    const job = client.compute.for(1, 5, (n) => n)
    job.public.name = 'five numbers'
    await job.exec()
    const status = await client.compute.status(job.id)
    expect(status).toMatchObject({ job: job.id, name: 'five numbers', total: 5, computed: 5 })
    expect((await client.compute.status(job)).address).toBe(job.address)
    const mine = await client.compute.status(computer.owner.address, started)
    expect(mine.map(({ job: id }) => id)).toContain(job.id)
    expect(await client.compute.getJobInfo(job.id)).toMatchObject({ totalSlices: 5 })
    expect(await client.compute.getSliceInfo(job.id)).toHaveLength(5)
  })
})
