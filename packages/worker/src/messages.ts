/**
 * What the scheduler says to a worker unasked: which of its leases are over, which slices of others
 * were withdrawn, and what its operator wants of it (operations §7.7). It is heard on the worker's own connection, whose other end has proved
 * to be the scheduler, and only under tokens that this worker chose: nobody else can speak to it.
 */
import { DcpError, parseSliceSet } from '@manyhands/protocol'
import type { Logger, Random, SliceSet, WorkerId } from '@manyhands/protocol'
import type { Connection } from '@manyhands/connection'

import { limits } from './limits.ts'

/**
 * kill: return everything and leave at once, for good unless it is temporary; restart: leave in order
 * and begin anew; reload: leave in order, whoever started the program starts it again; remove: leave a
 * job alone; announce: tell a person.
 */
export type SchedulerCommand =
  | { readonly command: 'kill'; readonly temporary: boolean }
  | { readonly command: 'restart' | 'reload' }
  | { readonly command: 'remove'; readonly job: string }
  | { readonly command: 'announce'; readonly message: string }

export interface MessageDeps {
  readonly worker: WorkerId
  readonly random: Random
  readonly logger: Logger
  readonly onOver: (leases: readonly string[]) => void
  readonly onWithdrawn: (lease: string, slices: SliceSet) => void
  readonly onCommand: (command: SchedulerCommand) => void
}

type Fields = Readonly<Record<string, unknown>>

const tokenLength = 22

/** Subscribes on this session and on each that replaces it. */
export function hearScheduler(connection: Connection, deps: MessageDeps): void {
  const { logger, onCommand, onOver, onWithdrawn, random, worker } = deps

  function takeNotice(data: Fields): void {
    const withdrawn = withdrawnOf(data['withdrawn'])
    onOver(textsOf(data['void']))
    for (const [lease, slices] of withdrawn) onWithdrawn(lease, slices)
  }

  function take(data: Fields): void {
    const command = parseCommand(data)
    if (command !== undefined) onCommand(command)
    else logger.warn('a message that this worker does not follow', { command: data['command'] })
  }
  const subscriptions = [
    { label: 'leases', receive: takeNotice },
    { label: 'schedmsg::command', receive: take },
    { label: 'schedmsg::broadcast', receive: take },
  ].map((one) => ({ ...one, token: random.token(tokenLength) }))

  connection.onServerRequest((operation, data) => {
    if (operation !== 'event' && operation !== 'eventRouter.event') {
      throw new DcpError('EINVAL', `this worker has no operation ${operation}`)
    }
    const { token, event } = recordOf(data)
    const subscription = subscriptions.find((one) => one.token === token)
    if (subscription === undefined) {
      throw new DcpError('ENOENT', `there is no subscription for token ${String(token)}`)
    }
    subscription.receive(recordOf(recordOf(event)['data']))
    return 'success'
  })

  const options = { filter: { worker } }
  const requests = subscriptions.map(({ label, token }) => ({
    operation: 'eventRouter.subscribe',
    data: { label, options, token },
  }))
  connection.onSession(() => {
    // Without them a worker still works: it learns of leases that are over from its heartbeats.
    connection.batch(requests).then(
      (replies) => {
        for (const reply of replies) {
          if (reply.status === 'rejected') noteRefusal(reply.reason)
        }
      },
      (error: unknown) => noteRefusal(error),
    )
  })

  function noteRefusal(error: unknown): void {
    logger.debug('the scheduler cannot be listened to', { error })
  }
}

/** Undefined for what this worker does not follow. */
function parseCommand({ command, payload }: Fields): SchedulerCommand | undefined {
  const fields = recordOf(payload)
  switch (command) {
    case 'kill':
      return { command, temporary: fields['temporary'] === true }
    case 'restart':
    case 'reload':
      return { command }
    case 'remove':
      return typeof fields['jobId'] === 'string' ? { command, job: fields['jobId'] } : undefined
    case 'announce':
      return { command, message: String(fields['message']).slice(0, limits.announcementMax) }
    default:
      return undefined
  }
}

function recordOf(value: unknown): Fields {
  return typeof value === 'object' && value !== null ? (value as Fields) : {}
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : []
}

/** @throws DcpError `EBADARG` for what is no slice set. */
function withdrawnOf(value: unknown): readonly (readonly [lease: string, slices: SliceSet])[] {
  if (!Array.isArray(value)) return []
  return value.map((pair) => {
    const [lease = '', slices = ''] = textsOf(pair)
    return [lease, parseSliceSet(slices)]
  })
}
