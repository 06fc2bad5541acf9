/** Service eventRouter: subscriptions, and what workers tell the owners of their jobs (operations §7). */
import { DcpError } from '@manyhands/protocol'
import { subscribe } from '../events/subscribe.ts'
import type { SubscribeRequest } from '../events/subscribe.ts'
import type { Subscription } from '../events/subscription.ts'
import type { Turn } from '../turn.ts'
import type { Call, OperationDeps, Operations } from './call.ts'
import type { Fields } from './fields.ts'
import { workEmit } from './work-emit.ts'

const labelsMax = 100
const labelMax = 256

export function createEventRouter(deps: OperationDeps): Operations {
  const { router, turns } = deps

  /** Events start when the reply with the token has been acknowledged, not before. */
  function enter(turn: Turn, { request }: Call, wanted: SubscribeRequest): Subscription {
    const { subscription, isNew } = subscribe(turn, router, request, wanted)
    if (isNew) router.add(subscription, request.answered)
    return subscription
  }

  return {
    subscribe(call) {
      const { fields } = call
      const options = fields.optionalObject('options')
      const wanted: SubscribeRequest = {
        label: fields.text('label', labelMax),
        filter: readFilter(fields),
        from: options === undefined ? undefined : readFrom(options),
        token: fields.optionalText('token'),
      }
      return turns.take((turn) => ({ token: enter(turn, call, wanted).token }))
    },

    subscribeMany(call) {
      const { fields } = call
      const lists = ['reliableEvents', 'optionalEvents', 'schedmsgEvents'] as const
      const labels = lists.flatMap((name) => fields.texts(name, labelsMax, labelMax))
      const filter = readFilter(fields)
      return turns.take((turn) => ({
        tokens: labels.map((label) => {
          return { event: label, token: enter(turn, call, { label, filter }).token }
        }),
      }))
    },

    unsubscribe({ fields, request }) {
      const given = fields.source['token']
      const token = typeof given === 'string' ? given : fields.object('token').text('token')
      return turns.take(() => {
        const subscription = router.find(request.session, { token })
        if (subscription !== undefined) router.remove(subscription)
        return { success: subscription !== undefined }
      })
    },

    workEmit: (call) => Promise.resolve(workEmit(deps, call)),

    sendSchedMsg() {
      const message = 'messages to workers are not sent by this scheduler yet'
      return Promise.reject(new DcpError('ENOTSUPPORTED', message))
    },
  }
}

function readFilter(fields: Fields): Readonly<Record<string, unknown>> {
  return fields.optionalObject('options')?.optionalObject('filter')?.source ?? {}
}

function readFrom(options: Fields): number | undefined {
  return options.optionalNumber('from', { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true })
}
