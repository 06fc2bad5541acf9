export { DcpError, errorKinds, isDcpError } from './errors.ts'
export type { DcpErrorOptions, ErrorCode } from './errors.ts'
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
