/** A client: the Compute API over one connection to a scheduler, and to each that a job names. */
import type { Connection } from '@manyhands/connection'
import {
  type Address,
  type Clock,
  DcpError,
  type Logger,
  type Random,
  type Signer,
} from '@manyhands/protocol'

import { type Compute, createCompute } from './compute/compute.ts'
import type { ClientContext, PaymentAccount } from './context.ts'
import { type ComputeGroups, createComputeGroups } from './groups/compute-groups.ts'
import type { ParseExpression } from './job/work-text.ts'
import { limits } from './limits.ts'
import { createLink } from './scheduler/link.ts'
import { set } from './stats/set.ts'

export interface ClientOptions {
  /** Location of the scheduler, such as `http://127.0.0.1:4280/`; a job may name another one. */
  readonly scheduler: URL
}

export interface ClientDeps {
  /** Opens the connection to `<scheduler>/dcp/`; called when first needed, and after idle times. */
  readonly connect: (scheduler: URL) => Connection | Promise<Connection>
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
  /** Closes its connections; jobs go on at the scheduler, waiting `exec` calls reject with EPIPE. */
  close(): Promise<void>
}

export function createClient({ scheduler }: ClientOptions, deps: ClientDeps): Client {
  const { connect, clock, random, logger } = deps
  const { sandboxHost, parseExpression, bundleModules } = deps
  const powers = {
    owner: deps.owner,
    account: deps.account,
    ...(sandboxHost === undefined ? {} : { sandboxHost }),
    ...(parseExpression === undefined ? {} : { parseExpression }),
    ...(bundleModules === undefined ? {} : { bundleModules }),
    clock,
    random,
    logger,
  }
  const contexts = new Map<string, ClientContext>()

  let closed = false

  function at(location: URL): ClientContext {
    const known = contexts.get(location.href)
    if (known !== undefined) return known
    if (closed) throw new DcpError('EPIPE', 'the client was closed')
    if (contexts.size >= limits.schedulersMax) {
      throw new DcpError('EBADARG', `a client knows ${limits.schedulersMax} schedulers at most`, {
        details: { field: 'scheduler', limit: limits.schedulersMax },
      })
    }
    const link = createLink({ connect: () => connect(location), clock, random, logger })
    const context: ClientContext = { ...powers, link, scheduler: location, at }
    contexts.set(location.href, context)
    return context
  }

  async function close(): Promise<void> {
    closed = true
    await Promise.all([...contexts.values()].map(({ link }) => link.close()))
  }

  const context = at(scheduler)
  return {
    compute: createCompute(context),
    computeGroups: createComputeGroups(context),
    stats: { set },
    close,
    [Symbol.asyncDispose]: close,
  }
}
