import { describe, expectTypeOf, it } from 'vitest'

import { scriptScheduler } from '../_scripted-scheduler.ts'
import type { SliceProfile } from '../compute/market.ts'
import type {
  ConsoleEvent,
  ErrorEvent,
  JobStatus,
  NoFundsEvent,
  NoProgressEvent,
  ResultEvent,
  StatusEvent,
  WorkEvent,
} from '../events/job-events.ts'
import type { RangeObject, SparseRangeObject } from '../input/range-objects.ts'
import type { ResultHandle, SliceStatus } from '../results/result-handle.ts'
import type { JobReceipt } from './job.ts'
import type { ReadyState } from './ready-state.ts'

/** Only the types matter: the job is made, never run. */
const { compute } = scriptScheduler().client
const job = compute.for(['a', 'b'], (text) => ({ length: text.length }))
type Handle = ResultHandle<string, { length: number }>

describe('a job handle', () => {
  it('has the properties of the Compute API', () => {
    expectTypeOf(job.id).toEqualTypeOf<string>()
    expectTypeOf(job.receipt).toEqualTypeOf<JobReceipt | undefined>()
    expectTypeOf(job.status).toEqualTypeOf<Readonly<JobStatus>>()
    expectTypeOf(job.meanSliceProfile).toEqualTypeOf<Partial<SliceProfile> | undefined>()
    expectTypeOf(job.initialSliceProfile).toEqualTypeOf<Partial<SliceProfile> | undefined>()
    expectTypeOf(job.results).toEqualTypeOf<Handle | undefined>()
    expectTypeOf(job.requirePath).toEqualTypeOf<string[]>()
    expectTypeOf(job.modulePath).toEqualTypeOf<string[]>()
    expectTypeOf(job.collateResults).toEqualTypeOf<boolean>()
    expectTypeOf(job.contextId).toEqualTypeOf<string | undefined>()
    expectTypeOf(job.scheduler).toEqualTypeOf<URL>()
    expectTypeOf(job.public.name).toEqualTypeOf<string>()
    expectTypeOf(job.public.description).toEqualTypeOf<string>()
    expectTypeOf(job.public.link).toEqualTypeOf<string>()
    const set = (): void => {
      // @ts-expect-error: a job keeps its id
      job.id = 'another'
      // @ts-expect-error: a status is told, not set
      job.status.computed = 5
    }
    expectTypeOf(set).toBeFunction()
  })

  it('has the methods of the Compute API', () => {
    expectTypeOf(job.exec).returns.resolves.toEqualTypeOf<Handle>()
    expectTypeOf(job.localExec).returns.resolves.toEqualTypeOf<Handle>()
    expectTypeOf(job.localExec).parameter(0).toEqualTypeOf<number | false | undefined>()
    expectTypeOf(job.cancel).returns.resolves.toEqualTypeOf<void>()
    expectTypeOf(job.resume).returns.resolves.toEqualTypeOf<void>()
    expectTypeOf(job.estimate).returns.resolves.toEqualTypeOf<SliceProfile>()
    expectTypeOf(job.estimate).parameter(0).toEqualTypeOf<string | undefined>()
    expectTypeOf(job.requires).parameter(0).toEqualTypeOf<string | readonly string[]>()
  })

  it('gives every event its own type, under each of its names, and is `this`', () => {
    job.on('readystatechange', (state) => expectTypeOf(state).toEqualTypeOf<ReadyState>())
    job.on('accepted', (event) => expectTypeOf(event.job).toEqualTypeOf(job))
    job.on('status', (event) => expectTypeOf(event).toEqualTypeOf<StatusEvent>())
    job.on('result', (event) =>
      expectTypeOf(event).toEqualTypeOf<ResultEvent<{ length: number }>>(),
    )
    job.on('resultsUpdated', (...none) => expectTypeOf(none).toEqualTypeOf<[]>())
    job.on('console', (event) => expectTypeOf(event).toEqualTypeOf<ConsoleEvent>())
    job.on('error', (event) => expectTypeOf(event).toEqualTypeOf<ErrorEvent>())
    job.on('noProgress', (event) => expectTypeOf(event).toEqualTypeOf<NoProgressEvent>())
    job.on('noProgressData', ({ data }) => expectTypeOf(data).toEqualTypeOf<unknown>())
    job.on('complete', (results) => expectTypeOf(results).toEqualTypeOf<Handle>())
    job.on('cancel', ({ reason }) => expectTypeOf(reason).toEqualTypeOf<string>())
    job.on('stop', ({ runStatus }) => expectTypeOf(runStatus).toEqualTypeOf<string>())
    job.on('nofunds', (event) => expectTypeOf(event).toEqualTypeOf<NoFundsEvent>())
    job.on('ENOFUNDS', (funds) => expectTypeOf(funds).toEqualTypeOf<string | undefined>())
    job.on('ETOOMANYERRORS', (error) => expectTypeOf(error).toEqualTypeOf<Error>())
    job.addListener('status', (event) => expectTypeOf(event).toEqualTypeOf<StatusEvent>())
    job.addEventListener('status', (event) => expectTypeOf(event).toEqualTypeOf<StatusEvent>())
    job.once('status', (event) => expectTypeOf(event).toEqualTypeOf<StatusEvent>())
    job.on('status', function () {
      expectTypeOf(this).toEqualTypeOf(job)
    })
    job.work.on('anything', function (event) {
      expectTypeOf(event).toEqualTypeOf<WorkEvent>()
      expectTypeOf(this).toEqualTypeOf(job)
    })
    expectTypeOf(job.listenerCount('status')).toEqualTypeOf<number>()
    // @ts-expect-error: a status event has no such member
    job.on('status', ({ finished }) => finished)
  })
})

describe('a result handle', () => {
  it('knows inputs and outputs', () => {
    const check = (results: Handle): void => {
      expectTypeOf(results[0]).toEqualTypeOf<{ length: number } | undefined>()
      expectTypeOf(results.entries()).toEqualTypeOf<[string, { length: number }][]>()
      expectTypeOf(results.fromEntries()).toEqualTypeOf<Record<string, { length: number }>>()
      expectTypeOf(results.keys()).toEqualTypeOf<string[]>()
      expectTypeOf(results.values()).toEqualTypeOf<{ length: number }[]>()
      expectTypeOf(results.key('a')).toEqualTypeOf<{ length: number }>()
      expectTypeOf(results.lookupValue('a')).toEqualTypeOf<{ length: number }>()
      // @ts-expect-error: the inputs are texts
      results.lookupValue(1)
      expectTypeOf(results.list).returns.resolves.toEqualTypeOf<RangeObject | SparseRangeObject>()
      expectTypeOf(results.fetch).returns.resolves.toEqualTypeOf<void>()
      expectTypeOf(results.stat).returns.resolves.toEqualTypeOf<SliceStatus[]>()
      expectTypeOf(results.delete).returns.resolves.toEqualTypeOf<number[]>()
    }
    expectTypeOf(check).toBeFunction()
  })
})

describe('what is asked about jobs', () => {
  it('takes a handle, an id, or an account and times', () => {
    const check = async (): Promise<void> => {
      const one = await compute.status(job)
      expectTypeOf(one.computed).toEqualTypeOf<number>()
      expectTypeOf(await compute.status('id')).toEqualTypeOf(one)
      expectTypeOf(await compute.status('0x', new Date(), 5)).toEqualTypeOf([one])
      expectTypeOf(await compute.status({ startTime: 5 })).toEqualTypeOf([one])
      expectTypeOf(await compute.cancel('id')).toEqualTypeOf<void>()
      expectTypeOf(await compute.resume('id').exec()).toEqualTypeOf<ResultHandle>()
      expectTypeOf(await compute.getJobInfo(job)).toEqualTypeOf<Readonly<Record<string, unknown>>>()
    }
    expectTypeOf(check).toBeFunction()
  })
})
