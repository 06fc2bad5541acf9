/** The parts of one job handle: what its methods share, and nobody outside sees. */
import {
  DcpError,
  type JobId,
  createJobId,
  mapBasic,
  publicComputeGroup,
} from '@manyhands/protocol'

import type { ClientContext, PaymentAccount } from '../context.ts'
import { type EventHub, createEventHub } from '../events/emitter.ts'
import type { InputSet } from '../input/input-set.ts'
import type { ResultStorage } from '../remote/result-storage.ts'
import { type JobDefinition, defineJob } from './definition.ts'
import { type HandleState, labelOfEvent } from './handle-events.ts'
import type { Job, JobProperties } from './job.ts'
import type { WorkSource } from './work-text.ts'

/** What a new job computes. */
export interface NewJob {
  readonly input: InputSet
  /** The work function, or where its text is. */
  readonly work: WorkSource | URL
  readonly args: readonly unknown[]
}

/** A job that exists at the scheduler. */
export interface ExistingJob {
  readonly id: string
}

export interface JobCore {
  /** The client at the scheduler of the job. */
  readonly context: ClientContext
  /** Location of that scheduler. */
  scheduler: URL
  readonly id: string
  /** The handle itself: its properties are the program's to change. */
  readonly properties: JobProperties
  readonly state: HandleState
  readonly events: EventHub
  readonly work: EventHub
  input: InputSet
  account: PaymentAccount
  /** Where results go, when not to the scheduler. */
  resultStorage: ResultStorage | undefined
  /** It exists at the scheduler. */
  deployed: boolean
  /** Called with a label that somebody listens to from now on. */
  want: (label: string) => void
  /** Throws EBADARG naming a property; EPERM for a job that was taken up again. */
  define(): JobDefinition
}

function isExisting(subject: NewJob | ExistingJob): subject is ExistingJob {
  return 'id' in subject
}

function defaultProperties(id: string, scheduler: URL): JobProperties {
  return {
    requirements: {},
    useStrict: undefined,
    initialSliceProfile: undefined,
    slicePaymentOffer: undefined,
    requirePath: [],
    modulePath: [],
    dependencies: [],
    collateResults: true,
    public: { name: `Ad-Hoc Job ${id.slice(-6)}`, description: '', link: '' },
    contextId: undefined,
    scheduler,
    autoClose: true,
    estimationSlices: undefined,
    greedyEstimation: false,
    workerConsole: false,
    worktime: mapBasic.name,
    worktimeVersion: undefined,
    customWorktime: false,
    computeGroups: [{ ...publicComputeGroup }],
  }
}

export function createJobCore(context: ClientContext, subject: NewJob | ExistingJob): JobCore {
  const newId: JobId = createJobId(context.random)
  const id = isExisting(subject) ? subject.id : newId
  const properties = defaultProperties(id, context.scheduler)
  const bound = (): Job => properties as unknown as Job
  const core: JobCore = {
    get context() {
      return context.at(core.scheduler)
    },
    scheduler: context.scheduler,
    id,
    properties,
    state: {
      status: { runStatus: undefined, total: undefined, distributed: 0, computed: 0 },
      readyState: 'new',
      address: undefined,
      receipt: undefined,
      meanSliceProfile: undefined,
    },
    events: createEventHub({
      bound,
      added(name) {
        const label = labelOfEvent(name)
        if (label !== undefined) core.want(label)
      },
    }),
    work: createEventHub({ bound, added: () => core.want('custom') }),
    input: isExisting(subject) ? { kind: 'unknown' } : subject.input,
    account: undefined,
    resultStorage: undefined,
    deployed: isExisting(subject),
    want: () => undefined,
    define() {
      if (!isExisting(subject)) {
        const { resultStorage } = core
        return defineJob({ id: newId, ...subject, resultStorage }, properties)
      }
      throw new DcpError('EPERM', 'a job that was taken up again has no work function here')
    },
  }
  return core
}
