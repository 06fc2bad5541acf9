import { describe, expect, it } from 'vitest'

import { Testnet } from '@manyhands/testnet'

declare function progress(fraction?: number): true
declare const work: { emit(event: string, data: unknown): void }

const values = (results: ArrayLike<unknown>): unknown[] => Array.from(results)
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index + 1)

describe('a worker with the real scheduler', () => {
  it('computes values, ranges and arguments of every type', async () => {
    await using net = await Testnet.create({ sandboxes: 2 })
    const { compute } = await net.connect()
    const inputs = [1, 'two', [3, 4], { five: 6 }, null, new Date(7), new Map([[8, 9]]), 10n]
    const echoed = await compute.for(inputs, (input: unknown) => input).exec()
    expect(values(echoed)).toEqual(inputs)
    const added = await compute
      .for(1, 5, (x: number, y: number, z: number[]) => x + y + z.length, [10, [0, 0]])
      .exec()
    expect(values(added)).toEqual([13, 14, 15, 16, 17])
  })

  it('keeps two jobs at work side by side', async () => {
    await using net = await Testnet.create({ sandboxes: 2 })
    const { compute } = await net.connect()
    const [one, two] = await Promise.all([
      compute.for(1, 300, (x: number) => x).exec(),
      compute.for(1, 300, (x: number) => -x).exec(),
    ])
    expect(values(one)).toEqual(upTo(300))
    expect(values(two)).toEqual(upTo(300).map((x) => -x))
  })

  it('passes on what a work function prints and emits', async () => {
    await using net = await Testnet.create()
    const { compute } = await net.connect()
    const job = compute.for(1, 2, (x: number) => {
      console.log('slice', x)
      work.emit('found', { x })
      progress(1)
      return x
    })
    const printed: unknown[] = []
    const found: unknown[] = []
    const both = new Promise<void>((resolve) => {
      const check = (): void => {
        if (printed.length === 2 && found.length === 2) resolve()
      }
      job.on('console', ({ message }) => {
        printed.push(message)
        check()
      })
      job.work.on('found', ({ data }) => {
        found.push(data)
        check()
      })
    })
    await job.exec()
    await both
    expect(printed).toEqual(
      expect.arrayContaining([
        ['slice', 1],
        ['slice', 2],
      ]),
    )
    expect(found).toEqual(expect.arrayContaining([{ x: 1 }, { x: 2 }]))
  })

  it('tells what was used of a graphics processor', async () => {
    await using net = await Testnet.create({ memory: true, gpuMs: (slice) => slice * 100 })
    const { compute } = await net.connect()
    const job = compute.for(1, 3, (x: number) => x)
    await job.exec()
    expect(await compute.getJobInfo(job)).toMatchObject({ totalGPUTime: 0.6 })
  })

  it('reports a slice that throws, with the stack of the work function', async () => {
    await using net = await Testnet.create({ workers: 2 })
    const { compute } = await net.connect()
    const job = compute.for(1, 3, function unlucky(x: number) {
      if (x === 2) throw new RangeError('two is out of range')
      return x
    })
    const errors: { name: string; message: string; stack?: string }[] = []
    job.on('error', (error) => errors.push(error))
    const failed = await Promise.resolve(job.exec()).catch((error: unknown) => error)
    expect(failed).toMatchObject({ code: 'ETOOMANYERRORS' })
    expect(errors[0]).toMatchObject({ name: 'RangeError', message: 'two is out of range' })
    expect(errors[0]?.stack).toContain('unlucky')
  })

  it('goes on after the scheduler was restarted', async () => {
    await using net = await Testnet.create({ sandboxes: 2 })
    const { compute } = await net.connect()
    const job = compute.for(1, 400, (x: number) => {
      const end = Date.now() + 2
      while (Date.now() < end);
      return x
    })
    let seen = 0
    const some = new Promise<void>((resolve) => {
      job.on('result', () => {
        if (++seen === 50) resolve()
      })
    })
    const done = job.exec()
    await some
    await net.restartScheduler()
    expect(values(await done)).toEqual(upTo(400))
  })

  it('hears of a cancelled job between two heartbeats, and ends a slice that would not', async () => {
    await using net = await Testnet.create({ sandboxes: 1 })
    const { compute } = await net.connect()
    const job = compute.for(1, 2, () => {
      console.log('begun')
      for (;;) progress()
    })
    const begun = new Promise((resolve) => job.once('console', resolve))
    const ended = Promise.resolve(job.exec()).catch((error: unknown) => error)
    await begun
    const [worker] = net.workers
    await job.cancel('enough')
    expect(await ended).toMatchObject({ code: 'ECANCEL' })
    await expect
      .poll(() => worker?.status(), { timeout: 5_000 })
      .toMatchObject({ leases: 0, running: 0 })
  })

  it('returns its slices when it stops, for others to compute', async () => {
    await using net = await Testnet.create({ workers: 1, sandboxes: 1 })
    const { compute } = await net.connect()
    const job = compute.for(1, 300, (x: number) => {
      const end = Date.now() + 2
      while (Date.now() < end);
      return x
    })
    let seen = 0
    const some = new Promise<void>((resolve) => {
      job.on('result', () => {
        if (++seen === 30) resolve()
      })
    })
    const done = job.exec()
    await some
    const [first] = net.workers
    await net.addWorker()
    await first?.stop()
    expect(first?.status()).toMatchObject({ state: 'stopped', leases: 0, open: 0 })
    expect(values(await done)).toEqual(upTo(300))
  })
})
