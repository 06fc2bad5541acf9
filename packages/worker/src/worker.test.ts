import { DcpError, isDcpError, joinColumn } from '@manyhands/protocol'
import { describe, expect, it } from 'vitest'

import { settled } from './_manual-clock.ts'
import { double, job, range, rangeTask, scene } from './_scene.ts'
import { anOwner, artifactsOf, jobNamed } from './_scripted-scheduler.ts'
import { limits } from './limits.ts'

describe('a worker', () => {
  it('asks for a task that is held, naming its sandboxes and its groups', async () => {
    const { scheduler, worker } = await scene(double)
    expect(scheduler.requests).toHaveLength(1)
    expect(scheduler.requests[0]).toMatchObject({
      columns: 1,
      known: [],
      waitMs: 60_000,
      targetLoad: { cpu: 2 },
      coreStats: { worker: worker.id, sandbox: 2 },
      capabilities: 80,
      paymentAddress: anOwner,
      workerComputeGroups: [{ joinKey: 'public' }],
    })
  })

  it('computes a range without being sent its values', async () => {
    const { scheduler, finish, worker } = await scene(double)
    scheduler.offer(rangeTask('a', '1-100'), range)
    await finish(() => worker.status().accepted === 100)
    expect(scheduler.results.get(7)).toBe('14')
    expect(worker.status()).toMatchObject({ leases: 0, open: 0, accepted: 100, failed: 0 })
  })

  it('runs values that are sent, and gives the results back in the order of their slices', async () => {
    const { scheduler, finish } = await scene(double)
    const values = joinColumn(['5', '6', '7'])
    scheduler.offer(rangeTask('a', '2-3,9', { values }), artifactsOf(job))
    await finish(() => scheduler.results.size === 3)
    expect([...scheduler.results]).toEqual([
      [2, '10'],
      [3, '12'],
      [9, '14'],
    ])
  })

  it('is told of a job once', async () => {
    const { scheduler, finish } = await scene(double)
    scheduler.offer(rangeTask('a', '1-4'), range)
    await finish(() => scheduler.results.size === 4)
    scheduler.offer(rangeTask('b', '5-8'))
    await finish(() => scheduler.results.size === 8)
    expect(scheduler.requests.at(-1)?.known).toEqual([job])
  })

  it('sends many small results in few messages', async () => {
    const { scheduler, finish } = await scene(double)
    scheduler.offer(rangeTask('a', '1-3000'), range)
    await finish(() => scheduler.results.size === 3000)
    expect(scheduler.chunks.length).toBeLessThan(20)
  })

  it('asks for the next task when less than half of the present one is left', async () => {
    const { scheduler, host, finish } = await scene((input, slice) =>
      slice <= 60 ? { value: JSON.stringify(input) } : 'wait',
    )
    scheduler.offer(rangeTask('a', '1-100'), range)
    await finish(() => scheduler.results.size === 60)
    expect(scheduler.requests).toHaveLength(2)
    host.release()
  })

  it('reuses a sandbox for the same binding and never for another owner', async () => {
    const { scheduler, host, finish } = await scene(double, { sandboxes: 1 })
    const other = jobNamed('other')
    scheduler.offer(rangeTask('a', '1-2'), range)
    await finish(() => scheduler.results.size === 2)
    scheduler.offer(rangeTask('b', '3-4', { job: other }), { ...range, job: other })
    await finish(() => scheduler.results.size === 4)
    expect(host.made).toHaveLength(1)
    const owner = '0x0000000000000000000000000000000000000002' as typeof anOwner
    const theirs = jobNamed('theirs')
    scheduler.offer(rangeTask('c', '5-6', { job: theirs }), { ...range, job: theirs, owner })
    await finish(() => scheduler.results.size === 6)
    expect(host.made).toHaveLength(2)
    expect(host.made[0]?.killed).toBe(true)
  })

  it('keeps an interpreter for the slices of one job, and for no other job', async () => {
    const { scheduler, host, finish } = await scene(double, { sandboxes: 1 })
    const python = { ...range, worktime: { name: 'pyodide', version: '^0.28.0' } }
    const other = jobNamed('other')
    scheduler.offer(rangeTask('a', '1-2'), python)
    await finish(() => scheduler.results.size === 2)
    scheduler.offer(rangeTask('b', '3-4'), python)
    await finish(() => scheduler.results.size === 4)
    expect(host.made).toHaveLength(1)
    scheduler.offer(rangeTask('c', '5-6', { job: other }), { ...python, job: other })
    await finish(() => scheduler.results.size === 6)
    expect(host.made.map(({ killed }) => killed)).toEqual([true, false])
  })
})

describe('what a work function says', () => {
  it('leaves before the results of its slices', async () => {
    const { scheduler, finish } = await scene((input) => ({
      value: JSON.stringify(input),
      says: ['"hello"'],
    }))
    scheduler.offer(rangeTask('a', '1'), range)
    await finish(() => scheduler.results.size === 1)
    const told = scheduler.order.filter((operation) => /workEmit|results/.test(operation))
    expect(told).toEqual(['eventRouter.workEmit', 'resultSubmitter.results@1'])
    expect(scheduler.emitted).toMatchObject([
      {
        eventName: 'console',
        lease: 'a',
        slice: 1,
        payload: { level: 'log', same: 1, message: { what: { arr: ['hello'] } } },
      },
    ])
  })

  it('is dropped past the limit, and one line says how much', async () => {
    const says = Array.from({ length: limits.relayQueueMax + 10 }, () => '"again"')
    const { scheduler, finish } = await scene((input) => ({ value: JSON.stringify(input), says }))
    scheduler.offer(rangeTask('a', '1'), range)
    await finish(() => scheduler.results.size === 1)
    expect(scheduler.emitted).toHaveLength(limits.relayQueueMax + 1)
    expect(JSON.stringify(scheduler.emitted.at(-1)?.payload)).toContain('10 messages')
  })
})

describe('failures', () => {
  it('of a slice travel with the stack of the guest', async () => {
    const { scheduler, finish } = await scene((input, slice) =>
      slice === 2
        ? { error: { name: 'TypeError', message: 'no', stack: 'TypeError: no\n at work' } }
        : { value: JSON.stringify(input) },
    )
    scheduler.offer(rangeTask('a', '1-3'), range)
    await finish(() => scheduler.results.size === 2 && scheduler.failures.size === 1)
    expect(scheduler.failures.get(2)).toEqual({
      name: 'TypeError',
      message: 'no',
      stack: 'TypeError: no\n at work',
    })
  })

  it.each(['ENOPROGRESS', 'ESLICETOOSLOW', 'EMEMORY', 'EUNCAUGHT'])(
    'a sandbox that died of %s fails the slice in progress; the others run in a new one',
    async (code) => {
      const { scheduler, host, finish } = await scene((input, slice) =>
        slice === 40 ? { die: code } : { value: JSON.stringify(input) },
      )
      scheduler.offer(rangeTask('a', '1-50'), range)
      await finish(() => scheduler.results.size === 49 && scheduler.failures.size === 1)
      expect(scheduler.failures.get(40)?.code).toBe(code)
      expect(host.made.filter(({ killed }) => killed)).toHaveLength(1)
    },
  )

  it('an evaluator that was killed blames nobody', async () => {
    const { scheduler, finish } = await scene((input, slice) =>
      slice === 40 ? { die: 'ESANDBOX' } : { value: JSON.stringify(input) },
    )
    scheduler.offer(rangeTask('a', '1-50'), range)
    await finish(() => scheduler.results.size === 49 && scheduler.returned.size === 1)
    expect([...scheduler.returned]).toEqual([40])
    expect(scheduler.failures.size).toBe(0)
  })

  it('an evaluator that is away for a while is waited for', async () => {
    const { scheduler, host, clock, finish } = await scene(
      (input, slice) => (slice === 1 ? { die: 'ESANDBOX' } : { value: JSON.stringify(input) }),
      { sandboxes: 1 },
    )
    host.away = true
    scheduler.offer(rangeTask('a', '1-50'), range)
    await clock.advance(1_000)
    expect(scheduler.results.size).toBe(0)
    host.away = false
    await finish(() => scheduler.results.size === 49)
    expect([...scheduler.returned]).toEqual([1])
  })

  it('an evaluator that stays away gets no work, and what there is is given back', async () => {
    const { scheduler, host, clock, finish } = await scene(() => ({ die: 'ESANDBOX' }), {
      sandboxes: 1,
    })
    host.away = true
    scheduler.offer(rangeTask('a', '1-50'), range)
    await finish(() => scheduler.returned.size === 50)
    expect(scheduler.failures.size).toBe(0)
    const asked = scheduler.requests.length
    await clock.advance(5_000)
    expect(scheduler.requests.length - asked).toBeLessThan(3)
  })

  it('a work function that cannot be loaded fails the task, and the next one at once', async () => {
    const { scheduler, host, finish } = await scene(double)
    const bad = { ...range, workFunctionURI: 'data:,syntax%20error' }
    scheduler.offer(rangeTask('a', '1-3'), bad)
    await finish(() => scheduler.failures.size === 3)
    expect(scheduler.failures.get(1)).toMatchObject({
      code: 'EUNCAUGHT',
      message: 'unexpected token',
    })
    const made = host.made.length
    scheduler.offer(rangeTask('b', '4-6'))
    await finish(() => scheduler.failures.size === 6)
    expect(host.made.length).toBe(made)
  })

  it('work.reject is tried again as often as it asks, then the job is given back', async () => {
    let rejected = 0
    const { scheduler, finish } = await scene(
      () => {
        rejected++
        return { reject: 2 }
      },
      { sandboxes: 1 },
    )
    scheduler.offer(rangeTask('a', '1-5'), range)
    await finish(() => scheduler.failures.size + scheduler.returned.size === 5)
    expect(rejected).toBe(3)
    expect([...scheduler.failures.values()]).toMatchObject([{ code: 'EWORKREJECT' }])
  })

  it('a result that is too long fails its slice', async () => {
    const long = `"${'x'.repeat(limits.resultTextMax)}"`
    const { scheduler, finish } = await scene((input, slice) => ({
      value: slice === 2 ? long : JSON.stringify(input),
    }))
    scheduler.offer(rangeTask('a', '1-3'), range)
    await finish(() => scheduler.results.size === 2 && scheduler.failures.size === 1)
    expect(scheduler.failures.get(2)).toMatchObject({ code: 'ETOOBIG' })
  })

  it('a task whose values do not fit its slices is refused', async () => {
    const { scheduler, finish } = await scene(double)
    const values = joinColumn(['5'])
    scheduler.offer(rangeTask('a', '1-2', { values }), artifactsOf(job))
    await finish(() => scheduler.failures.size === 2)
    expect(scheduler.failures.get(1)).toMatchObject({ code: 'EINVAL' })
  })
})

describe('the scheduler', () => {
  it('may be away: results wait and are sent when it is back', async () => {
    const { scheduler, clock, finish } = await scene(double)
    scheduler.offer(rangeTask('a', '1-10'), range)
    scheduler.away = new DcpError('ECONNRESET', 'the session ended')
    await clock.advance(3_000)
    expect(scheduler.results.size).toBe(0)
    scheduler.away = undefined
    await finish(() => scheduler.results.size === 10)
    const requests = scheduler.requests.length
    await finish(() => scheduler.requests.length >= requests)
  })

  it('hears of the leases held, and may void them', async () => {
    const { scheduler, clock, finish, host, worker } = await scene(() => 'wait')
    scheduler.offer(rangeTask('a', '1-10'), range)
    await finish(() => worker.status().leases === 1)
    await clock.advance(limits.heartbeatMs)
    expect(scheduler.beats.at(-1)).toMatchObject({ worker: worker.id, leases: ['a'] })
    scheduler.voided = ['a']
    await clock.advance(limits.heartbeatMs)
    expect(worker.status()).toMatchObject({ leases: 0, open: 0 })
    host.release()
    await clock.advance(1_000)
    expect(scheduler.results.size).toBe(0)
  })

  it('makes room for other work when slices of a lease that is void go on for ever', async () => {
    const { scheduler, clock, finish, host, worker } = await scene((input, _, { workFunction }) =>
      workFunction.includes('other') ? { value: JSON.stringify(input) } : 'wait',
    )
    scheduler.offer(rangeTask('a', '1-10'), range)
    await finish(() => worker.status().running === 2)
    scheduler.voided = ['a']
    await clock.advance(limits.heartbeatMs)
    await clock.advance(limits.abandonGraceMs)
    expect(host.made.filter(({ killed }) => killed)).toHaveLength(2)
    const other = jobNamed('other')
    scheduler.offer(
      { ...rangeTask('b', '1-4'), job: other },
      artifactsOf(other, {
        dataRange: { start: 1, end: 4, step: 1 },
        workFunctionURI: 'data:,(x)%20=%3E%20%22other%22',
      }),
    )
    await finish(() => scheduler.results.size === 4)
  })
})

describe('a new session', () => {
  it('tells the leases held even when there are none: an answer may have been lost', async () => {
    const { scheduler, clock, worker } = await scene(double)
    scheduler.beginSession()
    await clock.advance(limits.heartbeatMs)
    expect(scheduler.beats).toEqual([])
    scheduler.beginSession()
    await settled()
    expect(scheduler.beats).toMatchObject([{ worker: worker.id, leases: [] }])
    await clock.advance(limits.inventoryMs)
    expect(scheduler.beats).toHaveLength(2)
    await clock.advance(10 * limits.heartbeatMs)
    expect(scheduler.beats).toHaveLength(2)
  })
})

describe('stopping', () => {
  it('finishes the slices in progress and returns the others', async () => {
    const { scheduler, host, finish, worker } = await scene(() => 'wait')
    scheduler.offer(rangeTask('a', '1-10'), range)
    await finish(() => host.batches.length === 2)
    const stopped = worker.stop()
    await settled()
    host.release()
    await finish(() => scheduler.closed)
    await stopped
    expect([...scheduler.results.keys()]).toEqual([1, 2])
    expect(scheduler.returned.size).toBe(8)
    expect(host.made.every(({ killed }) => killed)).toBe(true)
    expect(worker.status().state).toBe('stopped')
  })

  it('kills what does not end in time, and returns it without blame', async () => {
    const { scheduler, host, finish, worker } = await scene(() => 'wait')
    scheduler.offer(rangeTask('a', '1-10'), range)
    await finish(() => host.batches.length === 2)
    const stopped = worker.stop({ graceMs: 30_000 })
    await finish(() => scheduler.closed)
    await stopped
    expect(scheduler.returned.size).toBe(10)
    expect(scheduler.failures.size).toBe(0)
  })

  it('gives back a task that arrives while it stops', async () => {
    const { scheduler, host, finish, worker } = await scene((input, slice) =>
      slice < 3 ? 'wait' : { value: JSON.stringify(input) },
    )
    scheduler.offer(rangeTask('a', '1-2'), range)
    await finish(() => host.batches.length === 2)
    const stopped = worker.stop()
    await settled()
    scheduler.offer(rangeTask('b', '11-20'))
    await settled()
    host.release()
    await finish(() => scheduler.closed)
    await stopped
    expect(scheduler.returned.size).toBe(scheduler.requests.length > 1 ? 10 : 0)
    expect(scheduler.results.size).toBe(2)
  })
})

describe('starting', () => {
  it('is refused without a jail when the scheduler is on another host', async () => {
    const refused = scene(double, { location: new URL('http://scheduler.example/') })
    await expect(refused).rejects.toSatisfy((error) => isDcpError(error, 'ENOJAIL'))
  })
})
