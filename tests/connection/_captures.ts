// Reads the captures of the wire in tests/vectors/wire, whose shapes differ a little.
import { readFileSync } from 'node:fs'

import { parseSealed } from '@manyhands/protocol'

export interface Frame {
  readonly from: 'client' | 'server'
  /** What is between two transports of a session. */
  readonly dropped?: true
  /** The transport message. */
  readonly text: string
  /** Number of the connection, where a capture holds several. */
  readonly conn: number
  /** The server left it without an Ack on purpose. */
  readonly ignored: boolean
}

export interface Capture {
  readonly name: string
  readonly frames: readonly Frame[]
  /** Every key in the capture, private ones, 0x and 64 digits. */
  readonly privateKeys: readonly string[]
}

export type Body = Record<string, unknown>

export function readVector(name: string): Record<string, unknown> {
  const url = new URL(`../vectors/wire/${name}.json`, import.meta.url)
  return JSON.parse(readFileSync(url, 'utf8')) as Record<string, unknown>
}

/** The captures of a file: one for each list of frames in it. */
export function readCaptures(file: string): Capture[] {
  const captures: Capture[] = []
  const visit = (value: unknown, name: string): void => {
    if (typeof value !== 'object' || value === null) return
    const { frames, transportMessages, keys } = value as Record<string, unknown>
    const list = Array.isArray(frames) ? frames : transportMessages
    if (Array.isArray(list)) {
      captures.push({
        name,
        frames: list.flatMap(readFrame),
        privateKeys: Object.values((keys ?? {}) as Record<string, string>).filter(
          (key) => key.length === 66,
        ),
      })
      return
    }
    for (const [key, inner] of Object.entries(value)) visit(inner, `${name}.${key}`)
  }
  visit(readVector(file), file)
  return captures
}

function readFrame(entry: Record<string, unknown>, position: number): Frame[] {
  const conn = Number(entry['conn'] ?? 1)
  if (isDrop(entry, position)) {
    return [{ from: 'server', dropped: true, text: '', conn, ignored: false }]
  }
  const text = transportText(entry)
  if (text === undefined) return []
  const dir = typeof entry['dir'] === 'string' ? entry['dir'] : ''
  return [
    {
      from: dir.startsWith('c2s') || dir.startsWith('initiator') ? 'client' : 'server',
      text,
      conn,
      ignored: dir === 'c2s-ignored',
    },
  ]
}

/** A transport was lost, or another engine.io connection was opened. */
function isDrop({ note, frame }: Record<string, unknown>, position: number): boolean {
  if (typeof note === 'string') return /dropped|disconnect/.test(note)
  return typeof frame === 'string' && frame.startsWith('0{') && position > 0
}

function transportText({ text, frame }: Record<string, unknown>): string | undefined {
  if (typeof text === 'string') return text
  if (typeof frame !== 'string' || !frame.startsWith('42')) return undefined
  return (JSON.parse(frame.slice(2)) as string[])[1]
}

export function bodyOf(text: string): Body {
  return parseSealed(text).body as Body
}

export function isSealed({ text }: Frame): boolean {
  return text.startsWith('{')
}
