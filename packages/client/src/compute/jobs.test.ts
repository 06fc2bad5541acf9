import { describe, expect, it } from 'vitest'

import { scriptScheduler } from '../_scripted-scheduler.ts'
import { calculateSlicePayment, marketValue } from './market.ts'

const ours = { job: '1xb4PBT31wAO3bJzqyP4DO', runStatus: 'running' }
const theirs = '0x19E7E376E7C213B7E7e7e46cc70A5dD086DAff2A'

describe('compute.status', () => {
  it('describes one job, by its handle or by its id', async () => {
    await using scheduler = scriptScheduler({ 'pheme.listJobs': () => [ours] })
    const { compute } = scheduler.client
    const job = compute.for(1, 2, (n) => n)
    expect(await compute.status(ours.job)).toEqual(ours)
    expect(await compute.status(job)).toEqual(ours)
    expect(scheduler.received.map(({ data }) => data)).toEqual([{ job: ours.job }, { job: job.id }])
  })

  it('throws ENOENT for a job that is not there', async () => {
    await using scheduler = scriptScheduler({ 'pheme.listJobs': () => [] })
    await expect(scheduler.client.compute.status(ours.job)).rejects.toMatchObject({
      code: 'ENOENT',
    })
  })

  it('lists the jobs of an account, in a time', async () => {
    await using scheduler = scriptScheduler({
      'pheme.listJobs': () => [
        { ...ours, paymentAccount: scheduler.payer.address },
        { job: 'other', paymentAccount: theirs },
      ],
    })
    const { compute } = scheduler.client
    const mine = await compute.status(scheduler.payer, new Date(5), 10)
    expect(mine.map(({ job }) => job)).toEqual([ours.job])
    expect((await compute.status(theirs, 0)).map(({ job }) => job)).toEqual(['other'])
    expect(await compute.status({ startTime: 5 })).toHaveLength(2)
    expect(scheduler.received[0]?.data).toEqual({ startDeployTime: 5, endDeployTime: 10 })
    await expect(compute.status({ endTime: Number.NaN })).rejects.toMatchObject({
      details: { field: 'endTime' },
    })
  })
})

describe('compute.cancel, getJobInfo and getSliceInfo', () => {
  it('ask about the job that is named', async () => {
    await using scheduler = scriptScheduler({
      'pheme.fetchJobReport': () => ({ totalSlices: 3 }),
      'pheme.fetchSliceReport': () => ({ slices: [{ sliceNumber: 1 }] }),
    })
    const { compute } = scheduler.client
    expect(await compute.getJobInfo(ours.job)).toEqual({ totalSlices: 3 })
    expect(await compute.getSliceInfo(ours.job)).toEqual([{ sliceNumber: 1 }])
    await compute.cancel(ours.job, 'enough')
    await compute.cancel(ours.job, { keystore: true })
    expect(scheduler.received.slice(-2).map(({ data }) => data)).toEqual([
      { job: ours.job, reason: 'enough' },
      { job: ours.job, reason: '' },
    ])
    await expect(compute.cancel('')).rejects.toMatchObject({ details: { field: 'job' } })
  })
})

describe('compute.marketValue and its other names', () => {
  it('are one offer', async () => {
    await using scheduler = scriptScheduler()
    const { compute } = scheduler.client
    expect(compute.marketRate).toBe(marketValue)
    expect(compute.marketPrice).toBe(marketValue)
    expect(() => compute.marketValue(-1)).toThrow(expect.objectContaining({ code: 'EBADARG' }))
    await expect(compute.getMarketValue()).rejects.toMatchObject({ code: 'ENOTSUPPORTED' })
    expect(compute.for(1, 2, (n) => n) instanceof compute.Job).toBe(true)
  })
})

describe('calculateSlicePayment', () => {
  it('adds up what a slice uses, in both spellings of the rates', () => {
    const profile = { cpuHours: 2, gpuHours: 1, inputBytes: 3e6, outputBytes: 1e6 }
    const rates = { cpuHour: 10, gpuHour: 100, inputMByte: 1, outputMByte: 2 }
    expect(calculateSlicePayment(profile, rates)).toBe(125)
    const capitals = { CPUHour: 10, GPUHour: 100, InputMByte: 1, OutputMByte: 2 }
    expect(calculateSlicePayment(profile, capitals as never)).toBe(125)
    expect(calculateSlicePayment({ cpuHours: 2 }, rates)).toBe(20)
    expect(() => calculateSlicePayment({ cpuHours: Number.NaN }, rates)).toThrow(
      expect.objectContaining({ details: { field: 'cpuHours' } }),
    )
  })
})
