export { createClient } from './client.ts'
export type { Client, ClientDeps, ClientOptions } from './client.ts'
export type { Compute } from './compute/compute.ts'
export type { ComputeJobs, JobReference, JobStatusObject, StatusQuery } from './compute/jobs.ts'
export { calculateSlicePayment, marketValue } from './compute/market.ts'
export type { MarketValue, SliceProfile, WorkValue } from './compute/market.ts'
export type { ComputeDo, ComputeFor, ForOptions, Work } from './compute/signatures.ts'
export type { PaymentAccount } from './context.ts'
export type { Emitter } from './events/emitter.ts'
export type {
  ConsoleEvent,
  ErrorEvent,
  JobEvents,
  JobStatus,
  NoFundsEvent,
  NoProgressEvent,
  ResultEvent,
  StatusEvent,
  WorkEvent,
} from './events/job-events.ts'
export type {
  ComputeGroupChanges,
  ComputeGroupProperties,
  ComputeGroups,
  GroupReply,
} from './groups/compute-groups.ts'
export type { ComputeGroup } from './groups/join.ts'
export type { MultiRangeObject, RangeObject, SparseRangeObject } from './input/range-objects.ts'
export { isJob } from './job/job.ts'
export type { Job, JobProperties, JobReceipt } from './job/job.ts'
export type { SlicePaymentOffer } from './job/payment-offer.ts'
export type { ReadyState } from './job/ready-state.ts'
export type { Requirements } from './job/requirements.ts'
export { compileExpression } from './job/work-text.ts'
export { RemoteDataPattern, RemoteDataSet } from './remote/remote-data.ts'
export type { Location } from './remote/remote-data.ts'
export type { EntryKey, ResultHandle, SliceStatus } from './results/result-handle.ts'
export type { SliceRange } from './results/slice-range.ts'
export { set } from './stats/set.ts'
export type { DistributionObject } from './stats/set.ts'
