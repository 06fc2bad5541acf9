/** Service eventRouter: subscriptions, and what workers tell the owners of their jobs (operations §7). */
import type { IncomingRequest } from '@manyhands/connection'
import {
  DcpError,
  parseRequest,
  sendSchedMsg,
  subscribe as subscribeSchema,
  subscribeMany,
  unsubscribe,
} from '@manyhands/protocol'
import type { Transaction } from '@manyhands/service'
import { leasesLabel } from '../events/lease-notice.ts'
import { subscribe } from '../events/subscribe.ts'
import type { SubscribeRequest } from '../events/subscribe.ts'
import { isMessageLabel } from '../events/worker-messages.ts'
import { addressAlias, findJob } from '../jobs/jobs-store.ts'
import type { Turn } from '../turn.ts'
import type { OperationDeps, Operations } from './call.ts'
import { workEmit } from './work-emit.ts'

export function createEventRouter(deps: OperationDeps): Operations {
  const { administrators, leaseNotices, router, turns, workerMessages } = deps

  /** Events start when the reply with the token has been acknowledged, not before. */
  function enter(turn: Turn, request: IncomingRequest, wanted: SubscribeRequest): string {
    const { subscription, isNew } = subscribe(turn, router, request, wanted)
    if (isNew) router.add(subscription, request.answered)
    if (isNew && isMessageLabel(wanted.label)) workerMessages.add(subscription)
    const { worker } = wanted.filter
    if (isNew && wanted.label === leasesLabel && typeof worker === 'string') {
      leaseNotices.add(subscription, worker)
    }
    return subscription.token
  }

  return {
    async subscribe(request) {
      const { label, options, token } = parseRequest(subscribeSchema, request.data, 'subscribe')
      const wanted = { label, filter: options.filter, from: options.from, token }
      return turns.take((turn) => ({ token: enter(turn, request, wanted) }))
    },

    async subscribeMany(request) {
      const data = parseRequest(subscribeMany, request.data, 'subscribeMany')
      const labels = [...data.reliableEvents, ...data.optionalEvents, ...data.schedmsgEvents]
      const { filter } = data.options
      return turns.take((turn) => ({
        tokens: labels.map((label) => {
          return { event: label, token: enter(turn, request, { label, filter }) }
        }),
      }))
    },

    async unsubscribe(request) {
      const { token } = parseRequest(unsubscribe, request.data, 'unsubscribe')
      return turns.take(() => {
        const subscription = router.find(request.session, { token })
        if (subscription !== undefined) {
          router.remove(subscription)
          workerMessages.remove(subscription)
          leaseNotices.remove(subscription)
        }
        return { success: subscription !== undefined }
      })
    },

    workEmit: async (request) => workEmit(deps, request),

    /** An identity speaks to workers of its own, an administrator to any of them. */
    async sendSchedMsg({ data, peer }) {
      const message = parseRequest(sendSchedMsg, data, 'sendSchedMsg')
      const { command, broadcast } = message
      const target = broadcast ? undefined : (addressAlias(message.target) ?? '')
      if (target !== addressAlias(peer) && !administrators.has(peer)) {
        const whose = broadcast ? 'all workers' : 'workers of another identity'
        throw new DcpError('EPERM', `only an administrator may send a message to ${whose}`)
      }
      return turns.take(({ tx }) => {
        const payload = withJobNames(tx, message.payload)
        return { success: true, workers: workerMessages.tell({ target, command, payload }) }
      })
    },
  }
}

/** Programs name the job in three ways; each dialect of workers reads one of them. */
function withJobNames(
  tx: Transaction,
  payload: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> {
  const name = payload['jobId'] ?? payload['jobAddress'] ?? payload['jobOpaqueId']
  if (typeof name !== 'string') return payload
  const job = findJob(tx, name)
  return { ...payload, jobId: job?.id ?? name, jobAddress: job?.address ?? name }
}
