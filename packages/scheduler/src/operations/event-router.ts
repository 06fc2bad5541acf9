/** Service eventRouter: subscriptions, and what workers tell the owners of their jobs (operations §7). */
import type { IncomingRequest } from '@manyhands/connection'
import {
  DcpError,
  parseRequest,
  subscribe as subscribeSchema,
  subscribeMany,
  unsubscribe,
} from '@manyhands/protocol'
import { subscribe } from '../events/subscribe.ts'
import type { SubscribeRequest } from '../events/subscribe.ts'
import type { Turn } from '../turn.ts'
import type { OperationDeps, Operations } from './call.ts'
import { workEmit } from './work-emit.ts'

export function createEventRouter(deps: OperationDeps): Operations {
  const { router, turns } = deps

  /** Events start when the reply with the token has been acknowledged, not before. */
  function enter(turn: Turn, request: IncomingRequest, wanted: SubscribeRequest): string {
    const { subscription, isNew } = subscribe(turn, router, request, wanted)
    if (isNew) router.add(subscription, request.answered)
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
        if (subscription !== undefined) router.remove(subscription)
        return { success: subscription !== undefined }
      })
    },

    workEmit: async (request) => workEmit(deps, request),

    sendSchedMsg() {
      const message = 'messages to workers are not sent by this scheduler yet'
      return Promise.reject(new DcpError('ENOTSUPPORTED', message))
    },
  }
}
