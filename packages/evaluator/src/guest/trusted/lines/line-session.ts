/**
 * One session with the official worker: its lines become orders for the realm, what the realm posts
 * becomes lines. The worker knows one slice at a time and no numbers of slices.
 */
import { mapBasic, unmarshal, type Worktime } from '@manyhands/protocol'

import { findLost } from '../../lost.ts'
import type {
  AssignOrder,
  GuestError,
  RealmFeatures,
  RealmOrder,
  RealmReport,
  RunOrder,
} from '../../messages.ts'
import { withoutUncloneable } from '../orders.ts'
import { cleanError } from '../stack.ts'
import { describeCapabilities, describeWorktimes, labelOf } from './dialect.ts'
import { createLineWriter } from './line-writer.ts'
import { createReportLines, failureOf } from './report-lines.ts'
import {
  type Fields,
  fieldsOf,
  readAssign,
  readFetchError,
  readFetchResponse,
  readModuleGroup,
  readModuleGroupError,
  readWorktime,
} from './requests.ts'

export interface LineSessionDeps {
  readonly features: RealmFeatures
  readonly worktimes: readonly Worktime[]
  /** Under which the harness appears in stacks. */
  readonly realmName: string
  readonly order: (order: RealmOrder) => void
  readonly write: (line: string) => void
  /** Ends the process; what was written is out before. */
  readonly exit: () => void
  readonly now: () => number
  /** The time of day, as the last line of a session tells it. */
  readonly date: () => string
}

export interface LineSession {
  line(text: string): void
  report(report: RealmReport): void
}

const uncaughtText = 'something was thrown and not caught'

/** Asks whoever hosts this sandbox for the files of a worktime; the official worker never sees it. */
const wants = 'WANT:'

type State = 'empty' | 'assigning' | 'assigned'

export function createLineSession(deps: LineSessionDeps): LineSession {
  const { exit, features, now, order, realmName, worktimes } = deps
  const writer = createLineWriter(deps.write)
  const reports = createReportLines(writer, deps)
  let loaded = false
  let state: State = 'empty'
  let address: unknown
  /** Waits for the files of its worktime. */
  let waiting: AssignOrder | undefined
  let slices = 0
  let startedAt = 0

  function load(line: string): void {
    if (loaded) return
    loaded = true
    writer.label = labelOf(line) ?? 'v9'
    writer.post(0, { request: '__sandboxLoaded' })
  }

  function end(text: string): void {
    writer.die(text)
    exit()
  }

  function refuseAssignment(error: GuestError): void {
    state = 'empty'
    const cleaned = cleanError(error, realmName)
    if (writer.label === 'v9') reports.error(cleaned)
    else writer.post(2, { request: 'reject', error: cleaned.stack ?? cleaned.message })
  }

  function assign(message: Fields): void {
    if (state !== 'empty') throw new Error('Tried to assign sandbox when it was already assigned')
    state = 'assigning'
    const { address: jobAddress } = fieldsOf(message['job'])
    address = jobAddress
    try {
      const work = readAssign(message, worktimes)
      if (work.worktime === mapBasic.name) order(work)
      else {
        waiting = work
        deps.write(`${wants}${work.worktime}`)
      }
    } catch (thrown) {
      refuseAssignment(failureOf(thrown))
    }
  }

  function equip(message: Fields, work: AssignOrder): void {
    waiting = undefined
    try {
      order(readWorktime(message))
      order(work)
    } catch (thrown) {
      refuseAssignment(failureOf(thrown))
    }
  }

  function run(datum: unknown): void {
    // A `main` before its `assign` is acknowledged and nothing else.
    if (state !== 'assigned') return
    slices += 1
    startedAt = now()
    const batch: RunOrder = {
      kind: 'run',
      slices: [slices],
      values: { value: [datum], lost: findLost([datum]) },
      unreadable: new Map(),
    }
    try {
      order(batch)
    } catch {
      order(withoutUncloneable(batch))
    }
  }

  function evaluate({ data, filename, msgId }: Fields): void {
    order({
      kind: 'eval',
      id: String(msgId),
      source: String(data),
      filename: typeof filename === 'string' ? filename.replaceAll(/\s/g, '_') : 'eval',
      worktimes: describeWorktimes(writer.label, worktimes),
    })
  }

  function perform(message: Fields): void {
    switch (message['request']) {
      case 'describe':
        // After the acknowledgement, as the official scripts do.
        queueMicrotask(describe)
        break
      case 'applyRequirements':
        writer.post(1, { request: 'applyRequirementsDone' })
        break
      case 'assign':
        assign(message)
        break
      case 'resetState':
        writer.post(2, { request: 'resetStateDone' })
        break
      case 'main':
        run(message['data'])
        break
      case 'eval':
        evaluate(message)
        break
      case 'moduleGroup':
        order(readModuleGroup(message))
        break
      case 'moduleGroupError':
        order(readModuleGroupError(message))
        break
      case 'fetchResponse':
        order(readFetchResponse(message))
        break
      case 'fetchError':
        order(readFetchError(message))
        break
      default:
        // Others, such as `clearTimers`, are acknowledged and change nothing here.
        break
    }
  }

  function describe(): void {
    writer.post(2, {
      capabilities: describeCapabilities(writer.label, features),
      worktimes: describeWorktimes(writer.label, worktimes),
      request: 'describe',
    })
  }

  function receive(message: unknown): void {
    try {
      const isDocument = Object.hasOwn(fieldsOf(message), '_serializeVerId')
      if (isDocument) perform(fieldsOf(unmarshal(message)))
      writer.acknowledge('workerMessage')
    } catch (thrown) {
      writer.acknowledge('workerMessage', failureOf(thrown))
    }
  }

  function reject(reason: string, retries: number): void {
    reports.conclude(now() - startedAt, {
      request: 'workReject',
      workRejectData: { reason, retries },
    })
    end('worker close called')
  }

  return {
    line(text) {
      load(text)
      let parsed: unknown
      try {
        parsed = JSON.parse(text)
      } catch (thrown) {
        writer.refuse('parseInput::parse', failureOf(thrown))
        return
      }
      const { message, type } = fieldsOf(parsed)
      if (type === 'workerMessage') receive(message)
      else if (type === 'die') end(deps.date())
      else if (type === 'worktime' && waiting !== undefined) equip(fieldsOf(parsed), waiting)
      else if (type === 'newSerializer') {
        const reason = 'messages are encoded in KVIN here and in nothing else'
        writer.acknowledge('changeSerializer', { name: 'Error', message: reason })
      } else {
        const failure = { name: 'Error', message: `Invalid message type '${String(type)}'` }
        if (typeof type === 'string') writer.acknowledge(type, failure)
        else writer.refuse('parseMessage', failure)
      }
    },
    report(report) {
      switch (report[0]) {
        case 'assigned':
          state = 'assigned'
          writer.post(2, { request: 'assigned', jobAddress: address })
          break
        case 'refused':
          refuseAssignment(report[1])
          break
        case 'failure':
          reports.tell(report)
          // A realm in which something was left uncaught is in doubt: the next slice gets another.
          if (report[4].code === 'EUNCAUGHT') end(uncaughtText)
          break
        case 'reject':
          reject(report[2], report[3])
          break
        case 'dependency':
          writer.post(2, { request: 'dependency', data: [...report[2]], id: report[1] })
          break
        case 'uncaught':
          if (state === 'assigned') end(uncaughtText)
          else reports.error(report[1])
          break
        case 'result':
        case 'progress':
        case 'console':
        case 'emit':
        case 'fetch':
        case 'evaluated':
        case 'evalFailed':
          reports.tell(report)
          break
        case 'ready':
        case 'done':
          break
      }
    },
  }
}
