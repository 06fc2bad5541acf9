/** Bodies of signed posts to pxAuth (operations §12.3). */
import * as v from 'valibot'

import { nameMax, proxyRightsMax, workFunctionMax } from '../limits.ts'
import { address, arrayOf, integer, isRecord, text, workerId } from './fields.ts'
import type { WorkerId } from '../ids.ts'
import type { RequestSchema } from './request.ts'

/** One right asked for. What is not named: null in a new right, kept in one that is changed. */
export interface ProxyRight {
  /** A dot path; it stands for itself and for everything below it. */
  readonly operation: string
  /** How often; null: no limit. */
  readonly uses?: number | null
  /** How many credits, as a decimal; null: no limit. */
  readonly amount?: string | null
  /** The one job, worker or account it is for; null: any. */
  readonly related?: string | null
  /** The other key that grants it. */
  readonly auth?: string
  /** The row to change, instead of a new one. */
  readonly replaceId?: number
}

const operationForm = /^(?:\$login|[a-z][A-Za-z0-9]*(?:\.[A-Za-z0-9_$]+)*)$/
const amountForm = /^\d{1,60}(?:\.\d{1,18})?$/

const limitsOfRight = v.object({
  uses: v.exactOptional(v.nullable(integer(1))),
  amount: v.exactOptional(
    v.nullable(
      v.pipe(
        v.union([v.number(), text(80)], 'must be a decimal'),
        v.transform(String),
        v.regex(amountForm, 'must be a decimal with at most 18 places'),
      ),
    ),
  ),
  related: v.exactOptional(v.nullable(text())),
  auth: v.exactOptional(v.nullable(address)),
  replaceId: v.exactOptional(v.nullable(integer(1))),
})

const namedRight = v.object({
  operation: v.pipe(
    text(),
    v.regex(operationForm, 'must be an operation key such as "job.exec" or "$login"'),
  ),
  params: limitsOfRight,
})

const oneKey = 'must be an object with exactly one member, the operation'

/** `{"job.exec": {uses, amount, related, auth?, replaceId?}}`; `true` stands for no limits. */
export const proxyRight: RequestSchema<ProxyRight> = v.pipe(
  v.custom<Readonly<Record<string, unknown>>>(
    (value) => isRecord(value) && Object.keys(value).length === 1,
    oneKey,
  ),
  v.transform((value) => {
    const [operation, params] = Object.entries(value)[0] ?? []
    return { operation, params: params === true ? {} : params } as v.InferInput<typeof namedRight>
  }),
  namedRight,
  v.transform(({ operation, params: { auth, replaceId, ...params } }) => ({
    operation,
    ...params,
    ...(auth == null ? {} : { auth }),
    ...(replaceId == null ? {} : { replaceId }),
  })),
)

export interface NewProxy {
  /** Address of the signer, `-` and 21 random characters; never used twice. */
  readonly messageId: string
  /** Rights, or sealed texts in which another key grants one (`grantedRight`). */
  readonly pxRequest: readonly unknown[]
  /** Milliseconds since 1970, or an ISO date. */
  readonly pxExpireDate?: number
  readonly pxExpireSeconds?: number
  readonly label?: string
  /** Locks the keystore that comes back; empty when missing. */
  readonly passphrase?: string
}

const dateRule = 'must be milliseconds since 1970 or an ISO date'

const date = v.pipe(
  v.union([v.number(), text(64)], dateRule),
  v.transform((value) => (typeof value === 'number' ? value : Date.parse(value))),
  v.finite(dateRule),
)

export const newProxy: RequestSchema<NewProxy> = v.object({
  messageId: text(),
  pxRequest: v.pipe(
    arrayOf(v.unknown(), proxyRightsMax),
    v.minLength(1, 'must ask for at least one right'),
  ),
  pxExpireDate: v.exactOptional(date),
  pxExpireSeconds: v.exactOptional(v.pipe(v.number(), v.finite(), v.minValue(1, 'must be from 1'))),
  label: v.exactOptional(text(nameMax)),
  passphrase: v.exactOptional(text(nameMax)),
})

/** Body of the message in which another key grants a right. */
export interface GrantedRight {
  readonly pxRequestComponent: ProxyRight
  readonly parentMessageId: string
}

export const grantedRight: RequestSchema<GrantedRight> = v.object({
  pxRequestComponent: proxyRight,
  parentMessageId: text(),
})

export interface RegisterWorker {
  readonly messageId: string
  /** A sealed text by the worker's own key, over `WorkerDetails`; some programs send the object. */
  readonly signedDetails: unknown
}

export const registerWorker: RequestSchema<RegisterWorker> = v.object({
  messageId: text(),
  signedDetails: v.union(
    [text(workFunctionMax), v.custom(isRecord)],
    'must be a message sealed by the worker',
  ),
})

export interface WorkerDetails {
  readonly messageId: string
  readonly workerId: WorkerId
  /** Bit 0: a worker of the portal. */
  readonly flags?: number
  readonly label?: string
}

export const workerDetails: RequestSchema<WorkerDetails> = v.object({
  messageId: text(),
  workerId,
  flags: v.exactOptional(integer(0)),
  label: v.exactOptional(text()),
})
