import { describe, expect, it } from 'vitest'

import { scriptScheduler } from '../_scripted-scheduler.ts'

describe('a deployed job', () => {
  it('subscribes what is listened to later', async () => {
    await using scheduler = scriptScheduler()
    const job = scheduler.client.compute.for(1, 2, (i: number) => i)
    const accepted = new Promise((resolve) => job.on('accepted', resolve))
    const running = job.exec()
    await accepted
    expect(scheduler.subscriptions.map(({ label }) => label)).not.toContain('console')
    const said = new Promise((resolve) => job.on('console', resolve))
    await scheduler.subscribed('console')
    const message = { _serializeVerId: 'v8', what: { arr: ['hello', 1] } }
    await scheduler.push('console', { sliceNumber: 2, level: 'log', message, same: 1 })
    expect(await said).toEqual({
      job: job.id,
      address: job.id,
      sliceNumber: 2,
      sliceIndex: 2,
      level: 'log',
      message: ['hello', 1],
      same: 1,
    })
    const emitted = new Promise((resolve) => job.work.on('found', resolve))
    await scheduler.subscribed('custom')
    await scheduler.push('custom', { sliceNumber: 1, customEvent: 'found', data: { at: 3 } })
    expect(await emitted).toMatchObject({ data: { at: 3 }, sliceNumber: 1 })
    await scheduler.pushResults(2, { 1: 1, 2: 2 })
    await scheduler.push('stop', { runStatus: 'finished', sliceCount: 2 })
    await running
  })

  it('ends a run of equal messages with an event whose only member is same', async () => {
    await using scheduler = scriptScheduler()
    const job = scheduler.client.compute.for(1, 2, (i: number) => i)
    const said: object[] = []
    job.on('console', (event) => said.push(event))
    const running = job.exec()
    await scheduler.subscribed('console')
    const message = { _serializeVerId: 'v8', what: { arr: ['again'] } }
    await scheduler.push('console', { sliceNumber: 1, level: 'log', message, same: 1 })
    await scheduler.push('console', { sliceNumber: 1, level: 'log', same: 7 })
    expect({ ...said[1] }).toEqual({ same: 7 })
    expect(said[1]).toMatchObject({ message: ['again'], level: 'log' })
    await job.cancel()
    await scheduler.push('stop', { runStatus: 'cancelled', code: 'ECANCEL', reason: '' })
    await expect(running).rejects.toMatchObject({ code: 'ECANCEL' })
  })

  it('tells a lack of progress with the data of the slice', async () => {
    await using scheduler = scriptScheduler()
    const job = scheduler.client.compute.for(['a', 'b'], (i: string) => i)
    const told = new Promise((resolve) => job.on('noProgressData', resolve))
    const running = job.exec()
    await scheduler.subscribed('noprogress')
    const progressReports = { last: { progress: 1 }, lastDeterministic: { progress: 0.5 } }
    await scheduler.push('noprogress', { sliceNumber: 2, timestamp: 300_000, progressReports })
    expect(await told).toMatchObject({
      data: 'b',
      sliceIndex: 2,
      progressReports: { lastUpdate: { progress: 0.5 } },
    })
    await scheduler.pushResults(2, { 1: 'a', 2: 'b' })
    await scheduler.push('stop', { runStatus: 'finished', sliceCount: 2 })
    await running
  })

  it('rejects for want of funds when nobody listens for it, and goes on when somebody does', async () => {
    await using scheduler = scriptScheduler()
    const nofunds = { runStatus: 'paused', fundsRequired: '2.5' }
    const deaf = scheduler.client.compute.for(1, 2, (i: number) => i)
    const rejected = deaf.exec()
    await scheduler.subscribed('nofunds')
    await scheduler.push('nofunds', nofunds)
    await expect(rejected).rejects.toMatchObject({ code: 'ENOFUNDS' })

    scheduler.subscriptions.length = 0
    const job = scheduler.client.compute.for(1, 2, (i: number) => i)
    const missing = new Promise((resolve) => job.on('ENOFUNDS', resolve))
    const running = job.exec()
    await scheduler.subscribed('nofunds')
    await scheduler.push('nofunds', nofunds)
    expect(await missing).toBe('2.5')
    await job.resume()
    expect(scheduler.received.at(-1)).toEqual({
      operation: 'jobSubmit.resumeJob',
      data: { job: job.id },
    })
    await scheduler.pushResults(2, { 1: 1, 2: 2 })
    await scheduler.push('stop', { runStatus: 'finished', sliceCount: 2 })
    await running
  })

  it('can be taken up again by its id, with everything it computed', async () => {
    await using scheduler = scriptScheduler({
      'jobSubmit.fetchJob': () => ({
        address: '0xescrow',
        name: 'yesterday',
        status: 'running',
        lastSliceNumber: 4,
        dataRange: {
          ranges: [
            { start: 1, end: 2 },
            { start: 1, end: 2 },
          ],
        },
      }),
    } as never)
    const job = scheduler.client.compute.resume('1xb4PBT31wAO3bJzqyP4DO')
    const running = job.exec()
    await scheduler.subscribed('stop')
    expect(scheduler.subscriptions.find(({ label }) => label === 'results')?.from).toBe(0)
    await scheduler.pushResults(4, { 1: 'a', 2: 'b', 3: 'c', 4: 'd' })
    await scheduler.push('stop', { runStatus: 'finished', sliceCount: 4 })
    expect(await running).toEqual([
      ['a', 'b'],
      ['c', 'd'],
    ])
    expect(job.public.name).toBe('yesterday')
    expect(job.readyState).toBe('reconnected')
  })

  it('does not change its payer', async () => {
    await using scheduler = scriptScheduler()
    const job = scheduler.client.compute.for(1, 2, (i: number) => i)
    const running = job.exec()
    await scheduler.subscribed('stop')
    expect(() => job.setPaymentAccountKeystore('other')).toThrow(
      expect.objectContaining({ code: 'EPERM' }),
    )
    expect(() => {
      job.paymentAccount = 'other'
    }).toThrow(expect.objectContaining({ code: 'EPERM' }))
    await scheduler.pushResults(2, { 1: 1, 2: 2 })
    await scheduler.push('stop', { runStatus: 'finished', sliceCount: 2 })
    await running
  })
})
