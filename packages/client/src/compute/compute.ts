/** The module `compute` of the Compute API. */
import { DcpError } from '@manyhands/protocol'

import type { ClientContext } from '../context.ts'
import { isJob } from '../job/job.ts'
import { RemoteDataPattern, RemoteDataSet } from '../remote/remote-data.ts'
import { createDo, createFor } from './for.ts'
import { type ComputeJobs, createComputeJobs } from './jobs.ts'
import { type MarketValue, calculateSlicePayment, marketValue } from './market.ts'
import type { ComputeDo, ComputeFor } from './signatures.ts'

export interface Compute extends ComputeJobs {
  readonly for: ComputeFor
  readonly do: ComputeDo
  /** An offer: market value, or as a function times a ratio, with an upper limit. */
  readonly marketValue: MarketValue
  /** Other names of `marketValue`. */
  readonly marketRate: MarketValue
  readonly marketPrice: MarketValue
  readonly calculateSlicePayment: typeof calculateSlicePayment
  /** Throws ENOTSUPPORTED: quotes come with the bank. */
  getMarketValue(): Promise<never>
  readonly RemoteDataSet: typeof RemoteDataSet
  readonly RemoteDataPattern: typeof RemoteDataPattern
  /** `value instanceof compute.Job`. */
  readonly Job: { [Symbol.hasInstance](value: unknown): boolean }
}

export function createCompute(context: ClientContext): Compute {
  return {
    for: createFor(context),
    do: createDo(context),
    ...createComputeJobs(context),
    marketValue,
    marketRate: marketValue,
    marketPrice: marketValue,
    calculateSlicePayment,
    async getMarketValue() {
      throw new DcpError('ENOTSUPPORTED', 'this computer has no bank, and so no market to quote')
    },
    RemoteDataSet,
    RemoteDataPattern,
    Job: { [Symbol.hasInstance]: isJob },
  }
}
