export type {
  BatchEnd,
  ConsoleLevel,
  PreparedText,
  Sandbox,
  SandboxDescription,
  SandboxHost,
  SliceBatch,
  SliceError,
  SliceObserver,
  SliceResult,
  WorkAssignment,
} from './sandbox.ts'
export { noProgressMsMin, type SandboxLimits } from './limits.ts'
