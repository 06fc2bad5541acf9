export {
  capability,
  fetchStates,
  jobFlags,
  jobStates,
  notStoredUri,
  publicComputeGroup,
} from './constants.ts'
export type { JobState } from './constants.ts'
export { parseInputRange } from './input-set/parse-input-range.ts'
export type { InputRange, InputRangeOptions } from './input-set/input-range.ts'
export { parseSliceRange } from './input-set/slice-range.ts'
export {
  columnOf,
  columnValues,
  joinColumn,
  parsePrepared,
  prepareText,
  preparedOfDocument,
  splitColumn,
} from './kvin/column.ts'
export { deserialize, marshal, relabel, serialize, unmarshal } from './kvin/document.ts'
export { writeJson } from './written-json.ts'
export { needsVersion9 } from './kvin/needs-version-9.ts'
export type { EncodeOptions } from './kvin/prepare.ts'
export type { KvinLabel, Marshalled } from './kvin/prepared.ts'
export * as limits from './limits.ts'
export { DcpError, errorKinds, isDcpError } from './errors.ts'
export type { DcpErrorOptions, ErrorCode } from './errors.ts'
export {
  createJobId,
  createWorkerId,
  idLength,
  isJobId,
  isWorkerId,
  parseJobId,
  parseWorkerId,
} from './ids.ts'
export type { Address, JobId, WorkerId } from './ids.ts'
export type {
  Column,
  ColumnFetch,
  ColumnFetchReply,
  ColumnResults,
  ColumnResultsReply,
  ColumnTask,
  ColumnTaskReply,
  ColumnTaskRequest,
  ColumnWorkEmit,
  Heartbeat,
  HeartbeatReply,
  JobArtifacts,
  LeaseKind,
  ResultsEvent,
  SliceFailure,
  SliceSetText,
} from './operations/columns.ts'
export {
  addJobToGroups,
  changeGroup,
  createGroup,
  deleteGroup,
  listGroupJobs,
  removeAllJobs,
  removeJob,
} from './operations/compute-groups.ts'
export type {
  AddJobToGroups,
  ChangeGroup,
  CreateGroup,
  GroupDescriptor,
  GroupOrigins,
  GroupProperties,
  GroupRequest,
  JoinDescriptor,
  RemoveJob,
} from './operations/compute-groups.ts'
export {
  sendSchedMsg,
  subscribe,
  subscribeMany,
  unsubscribe,
  workEmit,
} from './operations/event-router.ts'
export type {
  EventFilter,
  Subscribe,
  SubscribeMany,
  Unsubscribe,
  WorkEmit,
} from './operations/event-router.ts'
export {
  addSliceData,
  cancelJob,
  fetchJob,
  resumeJob,
  submit2,
  submit5,
} from './operations/job-submit.ts'
export type {
  AddSliceData,
  CancelJob,
  JobRequest,
  Submit2,
  Submit5,
} from './operations/job-submit.ts'
export { deployPackage, fetchModules, listModules } from './operations/package-manager.ts'
export type { DeployPackage, FetchModules, ListModules } from './operations/package-manager.ts'
export {
  countJobs,
  countSlices,
  fetchJobReport,
  fetchSliceReport,
  listJobs,
} from './operations/pheme.ts'
export type { CountJobs, JobReportRequest, ListJobs } from './operations/pheme.ts'
export {
  grantedRight,
  newProxy,
  proxyRight,
  registerWorker,
  workerDetails,
} from './operations/px-auth.ts'
export type {
  GrantedRight,
  NewProxy,
  ProxyRight,
  RegisterWorker,
  WorkerDetails,
} from './operations/px-auth.ts'
export { parseRequest } from './operations/request.ts'
export type { RequestSchema } from './operations/request.ts'
export {
  capabilitiesOfDialect4,
  excludedByRequirements,
  isCapable,
  maskOfRequirements,
  requirementsOfMask,
} from './operations/requirements.ts'
export {
  closeJob,
  fetchResult,
  fetchResult1,
  heartbeat,
  listResult,
  result,
  results1,
  statResult,
  status,
} from './operations/result-submitter.ts'
export type {
  FetchResult,
  Result,
  ResultRange,
  ReturnReason,
  SliceMetrics,
  SliceStatus,
  Status,
} from './operations/result-submitter.ts'
export {
  isColumnTaskRequest,
  requestTask,
  requestTask3,
  requestTaskColumns,
} from './operations/task-distributor.ts'
export type {
  HeldSlices,
  TaskRequest,
  TaskRequest3,
  WorkerComputeGroup,
} from './operations/task-distributor.ts'
export type {
  CancelTimer,
  Clock,
  LogFields,
  Logger,
  Random,
  Signature,
  Signer,
  TimerOptions,
} from './ports.ts'
export { createManualClock } from './ports/manual-clock.ts'
export type { ManualClock } from './ports/manual-clock.ts'
export { seededRandom } from './ports/seeded-random.ts'
export { silentLogger } from './ports/silent-logger.ts'
export { systemClock } from './ports/system-clock.ts'
export { systemRandom } from './ports/system-random.ts'
export { parseSealed, parseSignature, sealText } from './sealed.ts'
export type { Sealed } from './sealed.ts'
export {
  encodeSliceSet,
  firstSlices,
  hasSlice,
  intersectSliceSet,
  parseSliceSet,
  sliceCount,
  sliceSetOf,
  slicesIn,
  subtractSliceSet,
  unionSliceSet,
} from './slice-set.ts'
export type { SliceSet } from './slice-set.ts'
export { mapBasic, pyodide, usualRange, worktimes } from './worktimes.ts'
export type { Worktime } from './worktimes.ts'
export {
  argumentUris,
  decodeValueUri,
  decodeWorkFunctionUri,
  deserializeValue,
  encodeWorkFunctionUri,
  jsonUri,
  kvinUri,
  locationOf,
  preparedOfResult,
  preparedOfSerialized,
  serializeValue,
  serializedUri,
  valueDocument,
  valueUri,
} from './values.ts'
export type { SerializedValue } from './values.ts'
