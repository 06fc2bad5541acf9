/** A client: the Compute API over one connection to one scheduler. */
import type { Connection } from '@manyhands/connection'
import type { Address, Clock, Logger, Random, Signer } from '@manyhands/protocol'

import { type Compute, createCompute } from './compute/compute.ts'
import type { ClientContext, PaymentAccount } from './context.ts'
import { type ComputeGroups, createComputeGroups } from './groups/compute-groups.ts'
import type { ParseExpression } from './job/work-text.ts'
import { createLink } from './scheduler/link.ts'
import { set } from './stats/set.ts'

export interface ClientOptions {
  /** Location of the scheduler, such as `http://127.0.0.1:4280/`. */
  readonly scheduler: URL
}

export interface ClientDeps {
  /** Opens the connection to `<scheduler>/dcp/`; called when first needed, and after idle times. */
  readonly connect: () => Connection | Promise<Connection>
  /** The address that the connection is made with. */
  readonly owner: () => Promise<Address>
  /** The key of a payment account, the default one when it is not named. */
  readonly account: (account?: PaymentAccount) => Promise<Signer>
  /** A place for local sandboxes; without it only `localExec(false)` works. */
  readonly sandboxHost?: ClientContext['sandboxHost']
  readonly parseExpression?: ParseExpression
  /** Bundles modules of this program; without it `job.requires` knows published ones only. */
  readonly bundleModules?: ClientContext['bundleModules']
  readonly clock: Clock
  readonly random: Random
  readonly logger: Logger
}

export interface Client extends AsyncDisposable {
  readonly compute: Compute
  /** The module `compute-groups`. */
  readonly computeGroups: ComputeGroups
  /** The module `stats`. */
  readonly stats: { readonly set: typeof set }
  /** Closes the connection; jobs go on at the scheduler, waiting `exec` calls reject with EPIPE. */
  close(): Promise<void>
}

export function createClient({ scheduler }: ClientOptions, deps: ClientDeps): Client {
  const { connect, clock, random, logger } = deps
  const link = createLink({ connect, clock, random, logger })
  const context: ClientContext = {
    link,
    scheduler,
    owner: deps.owner,
    account: deps.account,
    ...(deps.sandboxHost === undefined ? {} : { sandboxHost: deps.sandboxHost }),
    ...(deps.parseExpression === undefined ? {} : { parseExpression: deps.parseExpression }),
    ...(deps.bundleModules === undefined ? {} : { bundleModules: deps.bundleModules }),
    clock,
    random,
    logger,
  }
  return {
    compute: createCompute(context),
    computeGroups: createComputeGroups(context),
    stats: { set },
    close: () => link.close(),
    [Symbol.asyncDispose]: () => link.close(),
  }
}
