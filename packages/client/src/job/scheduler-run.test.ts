import { publicComputeGroup, unmarshal } from '@manyhands/protocol'
import { describe, expect, it, vi } from 'vitest'

import { messageOf, scriptScheduler } from '../_scripted-scheduler.ts'
import { limits } from '../limits.ts'

describe('exec', () => {
  it('deploys a range in one batch and resolves when the job has stopped', async () => {
    await using scheduler = scriptScheduler()
    const { client } = scheduler
    const job = client.compute.for(1, 3, (i: number) => i * 10)
    const states: string[] = []
    job.on('readystatechange', (state) => states.push(state))
    const running = job.exec(0.5)
    await scheduler.subscribed('results')
    expect(await scheduler.pushResults(2, { 1: 10, 3: 30 })).toBe('success')
    await scheduler.pushResults(3, { 2: 20 })
    await scheduler.push('stop', { runStatus: 'finished', sliceCount: 3 })
    const results = await running
    expect([...results]).toEqual([10, 20, 30])
    expect(scheduler.operations().slice(0, 6)).toEqual([
      'jobSubmit.submit@5',
      'computeGroups.addJobToGroups',
      ...Array.from({ length: 4 }, () => 'eventRouter.subscribe'),
    ])
    expect(scheduler.received[0]?.data).toMatchObject({
      columns: 1,
      job: job.id,
      paymentAccount: scheduler.payer.address,
      absoluteSlicePayment: 0.5,
      mvMultSlicePayment: 0,
      dataRange: { start: 1, end: 3, step: 1 },
      isOpen: false,
      workFunctionURI: 'data:,(i)%20=%3E%20i%20*%2010',
    })
    expect(scheduler.received[1]?.data).toEqual({ job: job.id, cgArray: [publicComputeGroup] })
    expect(job.address).toBe('0xescrow')
    expect(states).toEqual([
      'exec',
      'init',
      'preauth',
      'deploying',
      'listeners',
      'compute-groups',
      'deployed',
    ])
  })

  it('sends listed values, then closes, in the same batch', async () => {
    await using scheduler = scriptScheduler()
    const job = scheduler.client.compute.for(['red', 'blue'], (colour: string) => colour.length)
    const running = job.exec()
    await scheduler.subscribed('stop')
    await scheduler.pushResults(2, { 1: 3, 2: 4 })
    await scheduler.push('stop', { runStatus: 'finished', sliceCount: 2 })
    const results = await running
    const sent = scheduler.received.find(({ operation }) => operation === 'jobSubmit.addSliceData')
    expect(unmarshal(sent?.data.dataValues)).toEqual(['red', 'blue'])
    expect(scheduler.operations()).toContain('resultSubmitter.closeJob')
    expect(results.entries()).toEqual([
      ['red', 3],
      ['blue', 4],
    ])
    expect(results.lookupValue('blue')).toBe(4)
  })

  it('reads a generator no further than the scheduler has taken it', async () => {
    let answer: (() => void)[] = []
    let slices = 0
    await using scheduler = scriptScheduler({
      'jobSubmit.addSliceData': ({ dataValues }: { dataValues: { what: { arr: unknown[] } } }) =>
        new Promise((resolve) => {
          slices += dataValues.what.arr.length
          const lastSliceNumber = slices
          answer.push(() => resolve({ success: true, lastSliceNumber }))
        }),
    } as never)
    let read = 0
    const total = limits.pileSlicesMax * 5 + 1
    function* numbers(): Iterable<number> {
      while (read < total) yield read++
    }
    const job = scheduler.client.compute.for(numbers(), (n: number) => n)
    const running = job.exec()
    await vi.waitFor(() => expect(answer).toHaveLength(1))
    expect(read).toBe(limits.pileSlicesMax)
    const farthest: number[] = []
    while (slices < total) {
      const waiting = answer
      answer = []
      for (const say of waiting) say()
      const before = slices
      await vi.waitFor(() => expect(slices).toBeGreaterThan(before))
      farthest.push(read - slices)
    }
    for (const say of answer) say()
    expect(Math.max(...farthest)).toBeLessThanOrEqual(
      limits.pilesInFlightMax * limits.pileSlicesMax,
    )
    await scheduler.subscribed('stop')
    await job.cancel()
    await scheduler.push('stop', { runStatus: 'cancelled', code: 'ECANCEL', reason: 'enough' })
    await expect(running).rejects.toMatchObject({ code: 'ECANCEL', message: 'enough' })
    expect(read).toBe(total)
  })

  it('gives each result once, however often it is delivered', async () => {
    await using scheduler = scriptScheduler()
    const job = scheduler.client.compute.for(1, 3, (i: number) => i)
    const heard: unknown[] = []
    job.on('result', ({ sliceNumber, result }) => heard.push([sliceNumber, result]))
    const running = job.exec()
    await scheduler.subscribed('results')
    await scheduler.pushResults(2, { 1: 'a', 2: 'b' })
    await scheduler.pushResults(2, { 1: 'a', 2: 'b' })
    await scheduler.pushResults(3, { 2: 'b', 3: 'c' })
    await scheduler.push('stop', { runStatus: 'finished', sliceCount: 3 })
    await running
    expect(heard).toEqual([
      [1, 'a'],
      [2, 'b'],
      [3, 'c'],
    ])
  })

  it('fetches what was never pushed before it resolves', async () => {
    await using scheduler = scriptScheduler({
      'resultSubmitter.fetchResult@1': () => ({
        seq: 3,
        ...messageOf({ 1: 1, 3: 3 }),
        more: false,
      }),
    })
    const job = scheduler.client.compute.for(1, 3, (i: number) => i)
    const running = job.exec()
    await scheduler.subscribed('stop')
    await scheduler.pushResults(2, { 2: 2 })
    await scheduler.push('stop', { runStatus: 'finished', sliceCount: 3 })
    expect([...(await running)]).toEqual([1, 2, 3])
    const fetch = scheduler.received.find(({ operation }) => operation.endsWith('fetchResult@1'))
    expect(fetch?.data).toMatchObject({ job: job.id, slices: '1,3' })
  })

  it('subscribes again after the last result when the scheduler was restarted', async () => {
    await using scheduler = scriptScheduler()
    const job = scheduler.client.compute.for(1, 2, (i: number) => i)
    const accepted = new Promise((resolve) => job.on('accepted', resolve))
    const running = job.exec()
    await accepted
    await scheduler.pushResults(1, { 1: 1 })
    const token = scheduler.subscriptions.find(({ label }) => label === 'results')?.token
    await scheduler.restart()
    await scheduler.subscribed('results')
    await scheduler.subscribed('stop')
    expect(scheduler.subscriptions.find(({ label }) => label === 'results')).toMatchObject({
      from: 1,
      token,
    })
    await scheduler.pushResults(2, { 2: 2 })
    await scheduler.push('stop', { runStatus: 'finished', sliceCount: 2 })
    expect([...(await running)]).toEqual([1, 2])
  })

  it('resolves with an empty array for an empty set', async () => {
    await using scheduler = scriptScheduler()
    const running = scheduler.client.compute.for([], (n: number) => n).exec()
    await scheduler.subscribed('stop')
    await scheduler.push('stop', { runStatus: 'finished', sliceCount: 0 })
    expect([...(await running)]).toEqual([])
    expect(scheduler.operations()).toContain('resultSubmitter.closeJob')
    expect(scheduler.operations()).not.toContain('jobSubmit.addSliceData')
  })

  it('rejects with the code of a refused submit, and says what was done', async () => {
    const { DcpError } = await import('@manyhands/protocol')
    await using scheduler = scriptScheduler({
      'jobSubmit.submit@5': () => {
        throw new DcpError('EWORKTOOBIG', 'too much')
      },
    })
    const job = scheduler.client.compute.for(1, 3, (i: number) => i)
    const heard = vi.fn<(...args: unknown[]) => void>()
    job.on('EWORKTOOBIG', heard)
    await expect(job.exec()).rejects.toMatchObject({
      code: 'EWORKTOOBIG',
      message: 'Failed to submit job: too much',
    })
    expect(heard).toHaveBeenCalledOnce()
  })

  it('cancels a job that could join no group', async () => {
    await using scheduler = scriptScheduler({
      'computeGroups.addJobToGroups': () => ({ success: false, code: 'ECGNONE', message: 'none' }),
    })
    const job = scheduler.client.compute.for(1, 3, (i: number) => i)
    await expect(job.exec()).rejects.toMatchObject({ code: 'DCPL-1100' })
    expect(scheduler.operations()).toContain('jobSubmit.cancelJob')
  })

  it('rejects, and emits cancel, when the job is cancelled', async () => {
    await using scheduler = scriptScheduler()
    const job = scheduler.client.compute.for(1, 3, (i: number) => i)
    const cancelled = vi.fn<(...args: unknown[]) => void>()
    const slow = vi.fn<(...args: unknown[]) => void>()
    job.on('cancel', cancelled)
    job.on('ESLICETOOSLOW', slow)
    const running = job.exec()
    await scheduler.subscribed('stop')
    await scheduler.push('stop', {
      runStatus: 'cancelled',
      sliceCount: 3,
      code: 'ESLICETOOSLOW',
      reason: 'a slice took too long',
      error: { name: 'Error', message: 'took 25 h' },
    })
    await expect(running).rejects.toMatchObject({
      code: 'ESLICETOOSLOW',
      message: 'a slice took too long. Recent error: took 25 h',
    })
    expect(cancelled.mock.calls[0]?.[0]).toMatchObject({ job: job.id, address: job.id })
    expect(slow).toHaveBeenCalledOnce()
  })

  it('gives up the job when its input set throws half way', async () => {
    await using scheduler = scriptScheduler()
    function* broken(): Iterable<number> {
      for (let n = 0; n <= limits.pileSlicesMax; n++) yield n
      throw new Error('the well is dry')
    }
    const job = scheduler.client.compute.for(broken(), (n: number) => n)
    await expect(job.exec()).rejects.toThrow('the well is dry')
    expect(scheduler.operations()).toContain('jobSubmit.cancelJob')
  })

  it('can be cancelled while its input set makes it wait', async () => {
    await using scheduler = scriptScheduler()
    async function* stuck(): AsyncIterable<number> {
      yield 1
      await new Promise(() => undefined)
    }
    const job = scheduler.client.compute.for(stuck(), (n: number) => n)
    const running = job.exec()
    await scheduler.subscribed('stop')
    await job.cancel('no patience')
    await scheduler.push('stop', { runStatus: 'cancelled', code: 'ECANCEL', reason: 'no patience' })
    await expect(running).rejects.toMatchObject({ code: 'ECANCEL', message: 'no patience' })
    expect(job.readyState).toBe('uploading')
  })

  it('adds slices to an open job until it is closed', async () => {
    await using scheduler = scriptScheduler()
    const job = scheduler.client.compute.for([1], (n: number) => n)
    job.autoClose = false
    const running = job.exec()
    await job.addSlices([2, 3])
    expect(scheduler.operations()).not.toContain('resultSubmitter.closeJob')
    await job.close()
    const sent = scheduler.received
      .filter(({ operation }) => operation === 'jobSubmit.addSliceData')
      .map(({ data }) => unmarshal(data.dataValues))
    expect(sent).toEqual([[1], [2, 3]])
    expect(scheduler.received[0]?.data).toMatchObject({ isOpen: true })
    await scheduler.pushResults(3, { 1: 1, 2: 2, 3: 3 })
    await scheduler.push('stop', { runStatus: 'finished', sliceCount: 3 })
    expect((await running).keys()).toEqual(['1', '2', '3'])
  })

  it('leaves results where they are when they are not to be collated', async () => {
    await using scheduler = scriptScheduler({
      'resultSubmitter.fetchResult@1': () => ({
        seq: 2,
        ...messageOf({ 1: 5, 2: 6 }),
        more: false,
      }),
    })
    const job = scheduler.client.compute.for(1, 2, (i: number) => i)
    job.collateResults = false
    const running = job.exec()
    await scheduler.subscribed('stop')
    await scheduler.push('stop', { runStatus: 'finished', sliceCount: 2 })
    const results = await running
    expect(scheduler.subscriptions.map(({ label }) => label)).not.toContain('results')
    expect(() => results[0]).toThrow(expect.objectContaining({ code: 'ENOENT' }))
    const heard = vi.fn<(...args: unknown[]) => void>()
    job.on('result', heard)
    await results.fetch(undefined, true)
    expect([...results]).toEqual([5, 6])
    expect(heard).toHaveBeenCalledTimes(2)
  })

  it('ends waiting when the client is closed', async () => {
    await using scheduler = scriptScheduler()
    const running = scheduler.client.compute.for(1, 2, (i: number) => i).exec()
    await scheduler.subscribed('stop')
    await scheduler.client.close()
    await expect(running).rejects.toMatchObject({ code: 'EPIPE' })
  })
})
