// Captured conversations, one connection at a time, in a form in which they can be compared: values
// decoded, and without what differs from run to run (times, stacks, ids, dates).
import { readFileSync } from 'node:fs'

import { unmarshal } from '@manyhands/protocol'

export interface Spoken {
  /** Ring of a message; the kind of any other line. */
  readonly from: number | 'result' | 'nop' | 'die'
  readonly label?: string
  /** The message, or what the line says. */
  readonly value: Readonly<Record<string, unknown>>
}

export interface Turn {
  /** The line of the worker. */
  readonly line: string
  /** What the evaluator said until the worker spoke again. */
  readonly answers: readonly Spoken[]
}

export interface Conversation {
  readonly file: string
  readonly connection: number
  readonly turns: readonly Turn[]
}

interface Entry {
  readonly conn?: number
  readonly dir?: string
  readonly line?: string
  readonly send?: string
  readonly recv?: string
}

const folder = new URL('../vectors/evaluator/', import.meta.url)

type Fields = Readonly<Record<string, unknown>>

function plainError(error: unknown): unknown {
  if (typeof error === 'string') return 'a stack'
  const { code, message, name } = error as Fields
  return { code, message, name }
}

function withoutTimes(value: Fields): Fields {
  const { request } = value
  if (request === 'measurement') return { request }
  if (request === 'workError' || request === 'error' || request === 'reject') {
    return { request, error: plainError(value['error']) }
  }
  if (request === 'fetchRequest' || request === 'dependency') return { ...value, id: 'an id' }
  return value
}

/** Undefined for lines that tell of the official scripts. */
export function understand(line: string): Spoken | undefined {
  if (line.startsWith('DIE: ')) {
    const text = line.slice(5)
    return { from: 'die', value: { text: /\d{4} \d\d:\d\d:\d\d/.test(text) ? 'a date' : text } }
  }
  const { message, type, ...fields } = JSON.parse(line.slice(4)) as Fields
  if (type === 'nop') return { from: 'nop', value: fields }
  if (type === 'result') {
    const { exception, step, success } = fields as {
      exception?: Fields
      step: string
      success: boolean
    }
    return { from: 'result', value: { step, success, reason: exception?.['message'] } }
  }
  const { _serializeVerId: label } = message as { _serializeVerId: string }
  const { ringSource, value } = unmarshal(message) as { ringSource: number; value: Fields }
  if (value['request'] === 'scriptLoaded') return undefined
  return { from: ringSource, label, value: withoutTimes(value) }
}

function entriesOf(file: string): Entry[] {
  const text = readFileSync(new URL(file, folder), 'utf8')
  if (file.endsWith('.json')) return JSON.parse(text) as Entry[]
  return text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Entry)
}

/** What was sent, and what came back before the next thing was sent. */
export function readConversations(file: string): Conversation[] {
  const byConnection = new Map<number, { line: string; answers: Spoken[] }[]>()
  for (const entry of entriesOf(file)) {
    const turns = byConnection.get(entry.conn ?? 1) ?? []
    byConnection.set(entry.conn ?? 1, turns)
    const sent = entry.send ?? (entry.dir === '>' ? entry.line : undefined)
    const received = entry.recv ?? (entry.dir === '<' ? entry.line : undefined)
    if (sent !== undefined) turns.push({ line: sent, answers: [] })
    const spoken = received === undefined ? undefined : understand(received)
    if (spoken !== undefined) turns.at(-1)?.answers.push(spoken)
  }
  return [...byConnection].map(([connection, turns]) => ({ file, connection, turns }))
}
