/** What every part of a client is given: ports, keys, the way to the scheduler and to sandboxes. */
import type { Address, Clock, Logger, Random, Signer } from '@manyhands/protocol'
import type { SandboxHost } from '@manyhands/sandbox'

import type { ParseExpression } from './job/work-text.ts'
import type { BundleModules } from './modules/module-bundle.ts'
import type { SchedulerLink } from './scheduler/link.ts'

/** A keystore, a signer, or whatever the program's wallet can find a key by: a name, JSON text … */
export type PaymentAccount = unknown

export interface ClientContext {
  readonly link: SchedulerLink
  /** Location of the scheduler. */
  readonly scheduler: URL
  /** The same client at another scheduler. Throws EBADARG when it knows too many. */
  readonly at: (scheduler: URL) => ClientContext
  /** The address that owns what this client deploys. */
  readonly owner: () => Promise<Address>
  /** The key of a payment account; of the default one when it is not named. */
  readonly account: (account?: PaymentAccount) => Promise<Signer>
  /** A place for that many local sandboxes, for `localExec`; absent where there is none. */
  readonly sandboxHost?: (cores: number) => SandboxHost | Promise<SandboxHost>
  /** Checks the syntax of work functions; absent where text may not be compiled. */
  readonly parseExpression?: ParseExpression
  /** Bundles modules of this program; absent where there are no files. */
  readonly bundleModules?: BundleModules
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}
