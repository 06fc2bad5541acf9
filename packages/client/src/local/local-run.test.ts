import { silentLogger } from '@manyhands/protocol'
import type { Sandbox, SandboxHost, SliceObserver } from '@manyhands/sandbox'
import { describe, expect, it, vi } from 'vitest'

import { scriptScheduler } from '../_scripted-scheduler.ts'
import { limits } from '../limits.ts'
import { createOwnRealmHost } from './own-realm.ts'

interface TestHost {
  readonly host: SandboxHost
  readonly made: () => number
  readonly closed: () => boolean
}

/** Sandboxes of this realm, each of which may be made to die on a slice. */
function host(dies: (slice: number, life: number) => boolean = () => false): TestHost {
  const inner = createOwnRealmHost()
  let made = 0
  let closed = false
  return {
    made: () => made,
    closed: () => closed,
    host: {
      ...inner,
      async create() {
        const sandbox = await inner.create()
        const life = ++made
        const run: Sandbox['run'] = async (batch, observer: SliceObserver) => {
          const at = batch.slices.findIndex((slice) => dies(slice, life))
          if (at < 0) return sandbox.run(batch, observer)
          const { slices, values } = batch
          await sandbox.run({ slices: slices.slice(0, at), values: values.slice(0, at) }, observer)
          const error = { name: 'Error', message: 'out of memory', code: 'EMEMORY' }
          return { kind: 'died', slice: slices[at], error }
        }
        return { ...sandbox, run }
      },
      async close() {
        closed = true
      },
    },
  }
}

describe('localExec', () => {
  it('needs no scheduler and emits what exec would', async () => {
    const local = host()
    await using scheduler = scriptScheduler({}, { sandboxHost: () => local.host })
    const job = scheduler.client.compute.for(1, 3, (i: number) => {
      const { progress, console, work } = globalThis as never as Record<string, never>
      void [progress, console, work]
      return i * 10
    })
    const heard: unknown[] = []
    job.on('result', ({ sliceNumber, result }) => heard.push([sliceNumber, result]))
    const complete = vi.fn<(...args: unknown[]) => void>()
    job.on('complete', complete)
    const results = await job.localExec(2)
    expect([...results]).toEqual([10, 20, 30])
    expect(heard.length).toBe(3)
    expect(complete).toHaveBeenCalledWith(results)
    const status = { runStatus: 'finished', total: 3, distributed: 3, computed: 3 }
    expect(job.status).toEqual(status)
    expect(job.meanSliceProfile).toEqual({ cpuHours: 0 })
    expect(scheduler.received).toEqual([])
    expect(local.closed()).toBe(true)
  })

  it('relays console, custom events and errors', async () => {
    await using scheduler = scriptScheduler()
    const text = `(n) => {
      progress('50%'); console.warn('at', n); work.emit('found', { n })
      if (n === 2) throw new RangeError('two is too much')
      return n
    }`
    const job = scheduler.client.compute.for(1, 2, text)
    const said: unknown[] = []
    const found: unknown[] = []
    const errors: unknown[] = []
    job.on('console', ({ level, message, sliceNumber }) => said.push([sliceNumber, level, message]))
    job.work.on('found', ({ data }) => found.push(data))
    job.on('error', ({ name, message, sliceIndex }) => errors.push([sliceIndex, name, message]))
    await expect(job.localExec(false)).rejects.toMatchObject({
      code: 'ETOOMANYERRORS',
      message: `slice 2 failed ${limits.localAttemptsMax} times: two is too much`,
    })
    expect(said[0]).toEqual([1, 'warn', ['at', 1]])
    expect(found[0]).toEqual({ n: 1 })
    expect(errors).toEqual(
      Array.from({ length: limits.localAttemptsMax }, () => [2, 'RangeError', 'two is too much']),
    )
  })

  it('runs a slice again in another sandbox when one died', async () => {
    const local = host((slice, life) => slice === 2 && life === 1)
    await using scheduler = scriptScheduler({}, { sandboxHost: () => local.host })
    const job = scheduler.client.compute.for(1, 4, (i: number) => i)
    const errors: unknown[] = []
    job.on('error', ({ code, sliceNumber }) => errors.push([sliceNumber, code]))
    expect([...(await job.localExec())]).toEqual([1, 2, 3, 4])
    expect(errors).toEqual([[2, 'EMEMORY']])
    expect(local.made()).toBe(2)
  })

  it('fails a work function that does not evaluate to a function', async () => {
    await using scheduler = scriptScheduler()
    const job = scheduler.client.compute.for(1, 2, '42')
    await expect(job.localExec(false)).rejects.toMatchObject({ code: 'EUNCAUGHT' })
  })

  it('can be cancelled', async () => {
    await using scheduler = scriptScheduler()
    const job = scheduler.client.compute.for(1, 1e9, (i: number) => i)
    const cancelled = vi.fn<(...args: unknown[]) => void>()
    job.on('cancel', cancelled)
    job.once('result', () => void job.cancel('enough'))
    await expect(job.localExec(false)).rejects.toMatchObject({ code: 'ECANCEL', message: 'enough' })
    expect(cancelled).toHaveBeenCalledOnce()
  })

  it('takes slices that are added until it is closed', async () => {
    await using scheduler = scriptScheduler()
    const job = scheduler.client.compute.for([1], (i: number) => i)
    job.autoClose = false
    const running = job.localExec(false)
    await job.addSlices([2, 3])
    await job.close()
    expect([...(await running)]).toEqual([1, 2, 3])
    await expect(job.addSlices([4])).rejects.toMatchObject({ code: 'EJOBCLOSED' })
  })

  it.each([0, -1, 1.5, 1e6, Number.NaN])('refuses %d cores', async (cores) => {
    await using scheduler = scriptScheduler({}, { sandboxHost: () => host().host })
    const job = scheduler.client.compute.for(1, 2, (i: number) => i)
    await expect(job.localExec(cores)).rejects.toMatchObject({ details: { field: 'cores' } })
  })

  it('says that it is not protected in the realm of the program', async () => {
    const warn = vi.spyOn(silentLogger, 'warn')
    await using scheduler = scriptScheduler()
    await scheduler.client.compute.do(1, () => 1).localExec(false)
    expect(warn).toHaveBeenCalledWith(expect.stringContaining('unprotected'))
    warn.mockRestore()
  })

  it('carries values as sandboxes would', async () => {
    await using scheduler = scriptScheduler()
    const job = scheduler.client.compute.for(
      [new Map([['a', 1]]), new Date(0), [1n, undefined, Number.NaN], new Float64Array([1, 2])],
      (value: unknown, when: unknown) => [value, typeof when],
      [new Date(0)],
    )
    expect([...(await job.localExec(false))]).toEqual([
      [new Map([['a', 1]]), 'string'],
      [new Date(0), 'string'],
      [[1n, undefined, Number.NaN], 'string'],
      [new Float64Array([1, 2]), 'string'],
    ])
  })
})

describe('estimate', () => {
  it('measures the first slice, or the given one', async () => {
    const local = host()
    await using scheduler = scriptScheduler({}, { sandboxHost: () => local.host })
    const job = scheduler.client.compute.for(['abc'], (text: string) => text + text)
    expect(await job.estimate()).toEqual({
      cpuHours: 0,
      gpuHours: 0,
      inputBytes: 5,
      outputBytes: 8,
    })
    expect(await job.estimate('x')).toMatchObject({ inputBytes: 3, outputBytes: 4 })
  })
})
