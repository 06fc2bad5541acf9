/** Makes job handles: one object that holds the program's settings, its methods out of sight. */
import { DcpError } from '@manyhands/protocol'

import type { SliceProfile } from '../compute/market.ts'
import type { ClientContext, PaymentAccount } from '../context.ts'
import { becomeEmitter } from '../events/emitter.ts'
import { estimateSlice } from '../local/estimate.ts'
import { addRequired } from '../modules/requires.ts'
import type { Location } from '../remote/remote-data.ts'
import { parseResultStorage } from '../remote/result-storage.ts'
import { type ExistingJob, type JobCore, type NewJob, createJobCore } from './job-core.ts'
import { parseSchedulerLocation } from '../scheduler/location.ts'
import { type Job, jobMark } from './job.ts'
import { type Lifecycle, createLifecycle } from './lifecycle.ts'
import { type SlicePaymentOffer, parsePaymentOffer } from './payment-offer.ts'

type Source = Iterable<unknown> | AsyncIterable<unknown>

/** Throws EPERM. */
function assertNotStarted(life: Lifecycle, what: string): void {
  if (life.started()) throw new DcpError('EPERM', `${what} cannot be changed after exec`)
}

/** The methods of a handle. */
function methodsOf(core: JobCore, life: Lifecycle): Readonly<Record<string, unknown>> {
  const { id, properties } = core
  return {
    async exec(
      offer?: SlicePaymentOffer,
      account?: PaymentAccount,
      profile?: Partial<SliceProfile>,
    ) {
      if (offer !== undefined) properties.slicePaymentOffer = offer
      if (profile !== undefined) properties.initialSliceProfile = profile
      if (account !== undefined && account !== core.account) setAccount(core, life, account)
      return life.exec()
    },
    localExec: async (cores: number | false = 1) => life.localExec(cores),
    async cancel(reason = '') {
      await (await life.run()).cancel(reason)
    },
    async resume() {
      await core.context.link.request('jobSubmit.resumeJob', { job: id })
    },
    async addSlices(source: Source) {
      await (await life.run()).addSlices(source)
    },
    async close() {
      await (await life.run()).close()
    },
    requires: (modules: string | readonly string[]) => addRequired(properties, modules),
    estimate: async (datum?: unknown) => estimateSlice(core.context, core.define(), datum),
    setResultStorage(location: Location, params: unknown) {
      core.resultStorage = parseResultStorage(location, params)
    },
    setSlicePaymentOffer(offer: SlicePaymentOffer) {
      parsePaymentOffer(offer)
      properties.slicePaymentOffer = offer
    },
    setPaymentAccountKeystore: (account: PaymentAccount) => setAccount(core, life, account),
  }
}

function setAccount(core: JobCore, life: Lifecycle, account: PaymentAccount): void {
  assertNotStarted(life, 'the payment account')
  core.account = account
}

export function createJob(context: ClientContext, subject: NewJob | ExistingJob): Job {
  const core = createJobCore(context, subject)
  const life = createLifecycle(core)
  const { id, properties, state } = core
  const job = properties as unknown as Job
  const work = {}
  becomeEmitter(core.events, job)
  becomeEmitter(core.work, work)
  for (const [name, value] of Object.entries(methodsOf(core, life))) {
    Object.defineProperty(job, name, { value })
  }
  const account = {
    get: () => core.account,
    set(next: PaymentAccount) {
      setAccount(core, life, next)
    },
  }
  Object.defineProperties(job, {
    [jobMark]: { value: true },
    id: { value: id, enumerable: true },
    // An `accepted` event is the handle, and names it as `job` too.
    job: { get: () => job },
    work: { value: work },
    address: { get: () => state.address },
    receipt: { get: () => state.receipt },
    readyState: { get: () => state.readyState },
    status: { get: () => ({ ...state.status }), enumerable: true },
    meanSliceProfile: { get: () => state.meanSliceProfile },
    results: { get: () => life.results() },
    scheduler: {
      get: () => core.scheduler,
      set(location: unknown) {
        assertNotStarted(life, 'the scheduler')
        core.scheduler = parseSchedulerLocation(location)
      },
      enumerable: true,
    },
    paymentAccount: account,
    paymentAccountKeystore: account,
  })
  return job
}
