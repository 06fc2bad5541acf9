/** Makes job handles. One handle runs its job once; `exec` on a deployed one takes it up again. */
import { DcpError, createJobId } from '@manyhands/protocol'

import type { SliceProfile } from '../compute/market.ts'
import type { ClientContext, PaymentAccount } from '../context.ts'
import { becomeEmitter, createEventHub } from '../events/emitter.ts'
import type { InputSet } from '../input/input-set.ts'
import { estimateSlice } from '../local/estimate.ts'
import { runHere } from '../local/local-run.ts'
import { type ResultHandle, createResultHandle } from '../results/result-handle.ts'
import { type ResultStore, createResultStore } from '../results/store.ts'
import { createStoredResults } from '../results/stored-results.ts'
import { type FetchedJob, attach, fetchJob, fetchedInput } from './attach.ts'
import { type JobDefinition, defineJob } from './definition.ts'
import { type HandleState, createHandleEvents, emitError, labelOfEvent } from './handle-events.ts'
import { type Job, type JobProperties, jobMark } from './job.ts'
import { parsePaymentOffer } from './payment-offer.ts'
import type { Run } from './run.ts'
import { deploy } from './scheduler-run.ts'

/** What a new job computes. */
export interface NewJob {
  readonly input: InputSet
  /** Text of the work function as sandboxes get it. */
  readonly work: string
  readonly args: readonly unknown[]
}

/** A job that exists at the scheduler. */
export interface ExistingJob {
  readonly id: string
}

function defaultProperties(id: string, scheduler: URL): JobProperties {
  return {
    requirements: {},
    useStrict: undefined,
    initialSliceProfile: undefined,
    slicePaymentOffer: undefined,
    requirePath: [],
    modulePath: [],
    collateResults: true,
    public: { name: `Ad-Hoc Job ${id.slice(-6)}`, description: '', link: '' },
    contextId: undefined,
    scheduler,
    autoClose: true,
    estimationSlices: undefined,
    greedyEstimation: false,
    workerConsole: false,
    worktime: 'map-basic',
  }
}

function isExisting(subject: NewJob | ExistingJob): subject is ExistingJob {
  return 'id' in subject
}

export function createJob(context: ClientContext, subject: NewJob | ExistingJob): Job {
  const newId = createJobId(context.random)
  const id: string = isExisting(subject) ? subject.id : newId
  const fresh = isExisting(subject) ? undefined : subject
  const properties = defaultProperties(id, context.scheduler)
  const state: HandleState = {
    status: { runStatus: undefined, total: undefined, distributed: 0, computed: 0 },
    readyState: 'new',
    address: undefined,
    receipt: undefined,
  }
  let input: InputSet = fresh?.input ?? { kind: 'unknown' }
  let account: PaymentAccount
  let deployed = fresh === undefined
  /** The run, from the moment it is being started. */
  let running: Promise<Run> | undefined
  let ending: Promise<ResultHandle> | undefined
  let store: ResultStore | undefined
  let handle: ResultHandle | undefined

  const bound = (): unknown => job
  const want = (label: string | undefined): void => {
    if (label !== undefined)
      running?.then(
        (run) => run.want(label),
        () => undefined,
      )
  }
  const events = createEventHub({ bound, added: (name) => want(labelOfEvent(name)) })
  const work = createEventHub({ bound, added: () => want('custom') })
  const listener = createHandleEvents({
    job: id,
    state,
    events,
    work,
    input: () => input,
    store: () => results().store,
    collate: () => properties.collateResults,
  })

  function results(): { readonly store: ResultStore; readonly handle: ResultHandle } {
    store ??= createResultStore(input.kind === 'range' ? input.dimensions : undefined)
    const stored = createStoredResults({
      context,
      job: id,
      store,
      assertDeployed,
      emitResult: (slice, value) => {
        events.emit('result', {
          job: id,
          address: id,
          sliceNumber: slice,
          task: slice,
          sort: slice,
          result: value,
        })
      },
      updated: () => events.emit('resultsupdated'),
    })
    handle ??= createResultHandle(store, input, stored)
    return { store, handle }
  }

  function assertDeployed(): void {
    if (!deployed) throw new DcpError('ENOENT', 'the job is not deployed: call exec first')
  }

  function assertNotStarted(what: string): void {
    if (ending === undefined && !deployed) return
    throw new DcpError('EPERM', `${what} cannot be changed after exec`)
  }

  async function runOf(): Promise<Run> {
    if (running !== undefined) return running
    throw new DcpError('ENOENT', 'the job is not running: call exec first')
  }

  function definition(): JobDefinition {
    if (fresh === undefined) {
      throw new DcpError('EPERM', 'a job that was taken up again has no work function here')
    }
    return defineJob({ id: newId, ...fresh }, properties)
  }

  async function deployRun(): Promise<Run> {
    listener.readyState('exec')
    const offer = parsePaymentOffer(properties.slicePaymentOffer)
    const defined = definition()
    listener.readyState('init')
    const payer = await context.account(account)
    listener.readyState('preauth')
    const run = await deploy(context, { definition: defined, offer, payer }, listener)
    deployed = true
    return run
  }

  async function attachRun(): Promise<Run> {
    const fetched = await fetchJob(context, id)
    describe(fetched)
    return attach(context, fetched, listener)
  }

  function describe(fetched: FetchedJob): void {
    if (input.kind === 'unknown') input = fetchedInput(fetched)
    state.address = fetched.address ?? state.address
    if (fresh !== undefined) return
    const { name, description, link } = fetched
    if (name !== undefined) properties.public.name = name
    if (description !== undefined) properties.public.description = description
    if (link !== undefined) properties.public.link = link
  }

  /** Begins a run and follows it to its end; a failed one may be begun again. */
  function follow(begin: () => Promise<Run>): Promise<ResultHandle> {
    async function toTheEnd(): Promise<ResultHandle> {
      running = begin()
      try {
        const run = await running
        results()
        if (state.readyState === 'deployed') events.emit('accepted', job)
        await run.ended
        const { handle: complete } = results()
        events.emit('complete', complete)
        return complete
      } catch (error) {
        ending = undefined
        running = undefined
        emitError(events, error)
        throw error
      }
    }
    ending ??= toTheEnd()
    return ending
  }

  const methods = {
    async exec(offer?: unknown, payment?: PaymentAccount, profile?: Partial<SliceProfile>) {
      if (offer !== undefined)
        properties.slicePaymentOffer = offer as JobProperties['slicePaymentOffer']
      if (profile !== undefined) properties.initialSliceProfile = profile
      if (payment !== undefined && payment !== account) {
        if (deployed)
          throw new DcpError('EPERM', 'the payment account cannot be changed after exec')
        account = payment
      }
      return follow(deployed ? attachRun : deployRun)
    },
    async localExec(cores: number | false = 1) {
      return follow(async () => {
        listener.readyState('exec')
        return runHere(context, { definition: definition(), cores }, listener)
      })
    },
    async cancel(reason = '') {
      await (await runOf()).cancel(reason)
    },
    async resume() {
      assertDeployed()
      await context.link.request('jobSubmit.resumeJob', { job: id })
    },
    async addSlices(source: Iterable<unknown> | AsyncIterable<unknown>) {
      await (await runOf()).addSlices(source)
    },
    async close() {
      await (await runOf()).close()
    },
    requires() {
      throw new DcpError(
        'ENOTSUPPORTED',
        'requires() needs a package server, and this computer has none: put the code into the work function',
      )
    },
    estimate: (datum?: unknown) => estimateSlice(context, definition(), datum),
    setSlicePaymentOffer(offer: unknown) {
      parsePaymentOffer(offer)
      properties.slicePaymentOffer = offer as JobProperties['slicePaymentOffer']
    },
    setPaymentAccountKeystore(next: PaymentAccount) {
      assertNotStarted('the payment account')
      account = next
    },
  }

  const job = properties as JobProperties & Record<symbol, unknown> as unknown as Job
  const workEmitter = {}
  becomeEmitter(events, job)
  becomeEmitter(work, workEmitter)
  for (const [name, value] of Object.entries(methods)) Object.defineProperty(job, name, { value })
  Object.defineProperties(job, {
    [jobMark]: { value: true },
    id: { value: id, enumerable: true },
    work: { value: workEmitter },
    job: { get: () => job },
    address: { get: () => state.address },
    receipt: { get: () => state.receipt },
    readyState: { get: () => state.readyState },
    status: { get: () => ({ ...state.status }), enumerable: true },
    meanSliceProfile: { value: undefined },
    results: { get: () => (deployed || handle !== undefined ? results().handle : undefined) },
    paymentAccount: {
      get: () => account,
      set(next: PaymentAccount) {
        methods.setPaymentAccountKeystore(next)
      },
    },
    paymentAccountKeystore: { get: () => account },
  })
  return job
}
