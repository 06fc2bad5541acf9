/**
 * Reads a line of a sandbox and lets it pass only if it is one that the official worker may see
 * (worker.md §4.2-4.5): a known kind of line, a known request of a known ring, a value of the table.
 */
import { checkSize } from './check-size.ts'
import { checkPrepared, RefusedLine } from './check-value.ts'

export type Label = 'v8' | 'v9'

/** What passed, as far as the session has to know it. */
export interface CheckedLine {
  readonly text: string
  readonly label?: Label
  readonly request?: string
  /** Members of a message of plain values. */
  readonly members?: Readonly<Record<string, unknown>>
  readonly last: boolean
}

const requestsOfRing: Readonly<Record<number, readonly string[]>> = {
  0: ['scriptLoaded', '__sandboxLoaded', 'error', 'unrecoverable-evaluator'],
  1: ['applyRequirementsDone'],
  2: ['describe', 'resetStateDone', 'assigned', 'dependency', 'fetchRequest', 'error', 'reject'],
  3: [
    'complete',
    'progress',
    'noProgress',
    'console',
    'emitEvent',
    'measurement',
    'workError',
    'workReject',
    'sandboxError',
  ],
}
const evalResult = /^evalResult::[\w-]{1,64}$/
const resultMembers = ['type', 'success', 'step', 'origin', 'exception', 'e']

type Fields = Readonly<Record<string, unknown>>

function fieldsOf(value: unknown): Fields {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new RefusedLine('a message that is no object')
}

function parse(text: string): Fields {
  checkSize(text)
  try {
    return fieldsOf(JSON.parse(text))
  } catch (cause) {
    if (cause instanceof RefusedLine) throw cause
    throw new RefusedLine('a message that is no JSON', { cause })
  }
}

/** The members of a prepared object, whichever of its two forms it has; the values as they are. */
function membersOf(prepared: unknown): { plain: boolean; members: Fields } {
  const form = fieldsOf(prepared)
  if (Object.hasOwn(form, 'raw')) return { plain: true, members: fieldsOf(form['raw']) }
  if (form['ctr'] === 0) return { plain: false, members: fieldsOf(form['ps']) }
  throw new RefusedLine('a message that is no object')
}

function plainOf(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  return (value as Fields)['raw']
}

function checkMessage(text: string, message: unknown): CheckedLine {
  const { _serializeVerId: label, what, ...others } = fieldsOf(message)
  if (label !== 'v8' && label !== 'v9') throw new RefusedLine('a message without a known label')
  if (Object.keys(others).length > 0) throw new RefusedLine('a message with more than its value')
  checkPrepared(what)
  const outer = membersOf(what)
  const ring = plainOf(outer.members['ringSource'])
  const inner = outer.plain
    ? { plain: true, members: fieldsOf(outer.members['value']) }
    : membersOf(outer.members['value'])
  const request = plainOf(inner.members['request'])
  const known = typeof ring === 'number' ? requestsOfRing[ring] : undefined
  if (typeof request !== 'string' || known === undefined) {
    throw new RefusedLine('a message without a request or a ring')
  }
  if (!known.includes(request) && !(ring === 2 && evalResult.test(request))) {
    throw new RefusedLine(`the request ${request.slice(0, 32)} of ring ${String(ring)}`)
  }
  const members = inner.plain ? { members: inner.members } : {}
  return { text, label, request, last: false, ...members }
}

function checkResult(text: string, fields: Fields): CheckedLine {
  for (const name of Object.keys(fields)) {
    if (!resultMembers.includes(name)) throw new RefusedLine('a result with other members')
  }
  return { text, last: false }
}

/**
 * Undefined for lines that mean nothing to the worker.
 * @throws RefusedLine when the worker must not see it.
 */
export function checkLine(text: string): CheckedLine | undefined {
  if (text.startsWith('DIE: ')) return { text, last: true }
  if (text.startsWith('LOG:')) return { text, last: false }
  if (!text.startsWith('MSG:')) return undefined
  const fields = parse(text.slice(4))
  switch (fields['type']) {
    case 'workerMessage':
      if (Object.keys(fields).length !== 2) throw new RefusedLine('a message with other members')
      return checkMessage(text, fields['message'])
    case 'result':
      return checkResult(text, fields)
    case 'nop':
      return { text, last: false }
    default:
      throw new RefusedLine('a line of an unknown type')
  }
}
