import { describe, expect, it } from 'vitest'

import { scriptScheduler } from '../_scripted-scheduler.ts'
import { limits } from '../limits.ts'

describe('the scheduler of a job', () => {
  it('is the one the program named, for all that the job asks', async () => {
    await using other = scriptScheduler({ 'pheme.listJobs': () => [{ runStatus: 'running' }] })
    const asked: string[] = []
    await using own = scriptScheduler(
      {},
      {
        elsewhere(location) {
          asked.push(location.href)
          return other.open()
        },
      },
    )
    const { compute } = own.client
    const job = compute.for(1, 2, (n) => n)
    expect(job.scheduler.href).toBe('http://127.0.0.1:4280/')
    job.scheduler = new URL('http://scheduler.example:1234')
    const running = job.exec()
    await other.subscribed('stop')
    expect(await compute.status(job)).toEqual({ runStatus: 'running' })
    await job.resume()
    await compute.cancel(job)
    expect(() => (job.scheduler = new URL('http://third.example/'))).toThrow(
      expect.objectContaining({ code: 'EPERM' }),
    )
    await other.pushResults(2, { 1: 1, 2: 2 })
    await other.push('stop', { runStatus: 'finished', sliceCount: 2 })
    expect([...(await running)]).toEqual([1, 2])
    expect(other.operations()).toEqual(
      expect.arrayContaining([
        'jobSubmit.submit@5',
        'pheme.listJobs',
        'jobSubmit.resumeJob',
        'jobSubmit.cancelJob',
      ]),
    )
    expect(own.received).toEqual([])
    expect(asked).toEqual(['http://scheduler.example:1234/'])
    await own.client.close()
  })

  it.each(['scheduler', 'ftp://a.example/', undefined])('cannot be %s', async (location) => {
    await using own = scriptScheduler()
    const job = own.client.compute.for(1, 2, (n) => n)
    expect(() => (job.scheduler = location as never)).toThrow(
      expect.objectContaining({ code: 'EBADARG', details: { field: 'scheduler' } }),
    )
  })

  it('is one of not too many', async () => {
    await using own = scriptScheduler()
    const name = (port: number): Promise<unknown> => {
      const job = own.client.compute.for(1, 2, (n) => n)
      job.scheduler = new URL(`http://127.0.0.1:${port}/`)
      return job.estimate().catch((error: unknown) => error)
    }
    for (let port = 1; port < limits.schedulersMax; port++) await name(port)
    expect(await name(10_000)).toMatchObject({ code: 'EBADARG', details: { field: 'scheduler' } })
  })
})
