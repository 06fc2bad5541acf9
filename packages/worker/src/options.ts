/** What a worker is told (options) and what it is given to work with (deps). */
import type { Connection } from '@manyhands/connection'
import type { Address, Clock, Logger, Random, WorkerId } from '@manyhands/protocol'
import type {
  AllowedOrigins,
  GuestFetch,
  ModuleLoader,
  OriginPolicy,
  OriginPurpose,
  SandboxHost,
} from '@manyhands/sandbox'
import type { Crypto } from '@manyhands/wallet'

import type { ComputeGroupJoin } from './tasks/compute-groups.ts'
import type { JailPolicy } from './jail.ts'

export interface WorkerOptions {
  /** Base URL of the scheduler; decides whether a jail is required. */
  readonly location: URL
  /** Work functions that run at the same time. */
  readonly sandboxes: number
  /** The worker's name; a new one by default. */
  readonly workerId?: WorkerId
  /** Where to pay; the worker's own identity by default. */
  readonly paymentAddress?: Address
  /** Groups to work for, besides the public one. */
  readonly computeGroups?: readonly ComputeGroupJoin[]
  readonly leavePublicGroup?: boolean
  /** Only these jobs; empty or absent: any. */
  readonly jobIds?: readonly string[]
  /**
   * Origins, such as `https://example.org`, that work functions, arguments and data may be loaded
   * from, results may be sent to and work functions may fetch from, or those lists by purpose.
   * Nothing else is reached for a job, the scheduler excepted.
   */
  readonly allowOrigins?: AllowedOrigins
  /** The owners of compute groups may add origins for the jobs of their groups. Default: no. */
  readonly trustComputeGroupOrigins?: boolean
  /** Default: `required` when the scheduler is on another host, else `auto`. */
  readonly jail?: JailPolicy
  readonly minimumWage?: {
    readonly CPU: number
    readonly GPU: number
    readonly in: number
    readonly out: number
  }
  readonly cores?: { readonly logical: number; readonly physical: number }
}

export interface WorkerDeps {
  /** Opens the one connection to the scheduler's `/dcp/`; the worker closes it. */
  readonly connect: () => Connection | Promise<Connection>
  /** Where sandboxes come from; stays the caller's to close. */
  readonly host: SandboxHost
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
  readonly crypto: Crypto
  /** Reads a text from an allowed origin; absent: work functions come inline only, without modules. */
  readonly fetchText?: (location: URL) => Promise<string>
  /**
   * Carries out requests as far as they are allowed for a purpose (`workerFetch`: those of work
   * functions); absent: work functions have no network, and remote data is not read.
   */
  readonly brokerFetch?: (origins: OriginPolicy, purpose?: OriginPurpose) => GuestFetch
  /** Finds modules that work functions depend on; absent: they come from the package server. */
  readonly loadModules?: ModuleLoader
}

/** @throws RangeError naming the option that makes no sense: a mistake of the calling program. */
export function assertOptions(options: WorkerOptions): void {
  const { sandboxes } = options
  if (!Number.isInteger(sandboxes) || sandboxes < 1 || sandboxes > 4096) {
    throw new RangeError(`sandboxes must be a whole number from 1 to 4096, not ${sandboxes}`)
  }
}
