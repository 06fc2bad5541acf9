export type {
  BatchEnd,
  ConsoleLevel,
  GuestFetch,
  GuestRequest,
  GuestResponse,
  ModuleLoader,
  PreparedText,
  Sandbox,
  SandboxDescription,
  SandboxHost,
  SliceBatch,
  SliceError,
  SliceObserver,
  SliceProgress,
  SliceResult,
  SliceUsage,
  WorkAssignment,
} from './sandbox.ts'
export type { WorktimeKit } from './worktime-kit.ts'
export { createOriginPolicy } from './origins.ts'
export type { AllowedOrigins, OriginPolicy, OriginPurpose } from './origins.ts'
export type { SandboxLimits } from './limits.ts'
