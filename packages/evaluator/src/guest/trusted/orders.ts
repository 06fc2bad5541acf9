/**
 * Reads the supervisor's messages. Values come as KVIN prepared values inside the message's JSON and
 * are decoded here, outside the realm of the work function.
 */
import { unmarshal } from '@manyhands/protocol'

import { findLost } from '../lost.ts'
import type {
  AssignOrder,
  FetchedOrder,
  FetchedResponse,
  GuestError,
  ModulesOrder,
  RunOrder,
  WorktimeOrder,
} from '../messages.ts'
import { splitHeadAndBytes } from './frames.ts'

const decoder = new TextDecoder('utf-8', { fatal: true })

interface AssignMessage {
  readonly workFunction: string
  readonly worktime: string
  readonly useStrict: boolean
  readonly public: { readonly name: string; readonly description: string; readonly link: string }
  readonly arguments: readonly unknown[]
  readonly modules: Readonly<Record<string, string>>
  readonly dependencies: readonly string[]
  readonly requirePath: readonly string[]
  readonly modulePath: readonly string[]
}

interface RunMessage {
  readonly slices: readonly number[]
  readonly values: readonly unknown[]
}

function decodeValue(prepared: unknown): unknown {
  if (typeof prepared === 'number' || typeof prepared === 'string') return prepared
  return unmarshal({ _serializeVerId: 'v9', what: prepared })
}

export function readAssign(payload: Uint8Array): AssignOrder {
  const message = JSON.parse(decoder.decode(payload)) as AssignMessage
  const values = message.arguments.map(decodeValue)
  return {
    kind: 'assign',
    workFunction: message.workFunction,
    worktime: message.worktime,
    useStrict: message.useStrict,
    public: message.public,
    arguments: { value: values, lost: findLost(values) },
    modules: new Map(Object.entries(message.modules)),
    dependencies: message.dependencies,
    requirePath: message.requirePath,
    modulePath: message.modulePath,
  }
}

type ModulesMessage =
  | { readonly id: number; readonly sources: Readonly<Record<string, string>> }
  | { readonly id: number; readonly error: GuestError }

export function readModules(payload: Uint8Array): ModulesOrder {
  const message = JSON.parse(decoder.decode(payload)) as ModulesMessage
  if ('error' in message) return { kind: 'modules', ...message }
  return { kind: 'modules', id: message.id, sources: new Map(Object.entries(message.sources)) }
}

type FetchedMessage =
  | { readonly id: number; readonly response: Omit<FetchedResponse, 'body'> }
  | { readonly id: number; readonly error: GuestError }

export function readFetched(payload: Uint8Array): FetchedOrder {
  const { bytes, head } = splitHeadAndBytes(payload)
  const message = JSON.parse(head) as FetchedMessage
  if ('error' in message) return { kind: 'fetched', ...message }
  return { kind: 'fetched', id: message.id, response: { ...message.response, body: bytes } }
}

interface WorktimeMessage {
  readonly name: string
  /** Names and lengths of the files, which follow one after the other. */
  readonly files: readonly (readonly [name: string, length: number])[]
}

export function readWorktime(payload: Uint8Array): WorktimeOrder {
  const { bytes, head } = splitHeadAndBytes(payload)
  const message = JSON.parse(head) as WorktimeMessage
  const files = new Map<string, Uint8Array>()
  let from = 0
  for (const [name, length] of message.files) {
    files.set(name, bytes.slice(from, from + length))
    from += length
  }
  return { kind: 'worktime', name: message.name, files }
}

export function readRun(payload: Uint8Array): RunOrder {
  const { slices, values: prepared } = JSON.parse(decoder.decode(payload)) as RunMessage
  const unreadable = new Map<number, string>()
  const values = slices.map((slice, index) => {
    try {
      return decodeValue(prepared[index])
    } catch (error) {
      unreadable.set(slice, error instanceof Error ? error.message : 'not a KVIN value')
      return undefined
    }
  })
  return { kind: 'run', slices, values: { value: values, lost: findLost(values) }, unreadable }
}

/** Takes out the values that structured clone refuses, such as symbols; their slices fail alone. */
export function withoutUncloneable(order: RunOrder): RunOrder {
  const unreadable = new Map(order.unreadable)
  const values = (order.values.value as unknown[]).map((value, index) => {
    try {
      structuredClone(value)
      return value
    } catch (error) {
      unreadable.set(order.slices[index] ?? 0, (error as Error).message)
      return undefined
    }
  })
  return { ...order, values: { value: values, lost: findLost(values) }, unreadable }
}
