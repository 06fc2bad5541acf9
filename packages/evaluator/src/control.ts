/**
 * The control channel: one JSON object per line, requests with an id and answers with the same,
 * notices without. It is as private as its socket file.
 */
import type { Socket } from 'node:net'

import { brokerLimits } from './limits.ts'

export interface ControlRequest {
  readonly id: number
  readonly op: string
  readonly data: Readonly<Record<string, unknown>>
}

export interface ControlChannel {
  answer(id: number, result: unknown): void
  refuse(id: number, message: string): void
  notify(notice: string, data: Readonly<Record<string, unknown>>): void
  close(): void
}

function parseLine(line: string): ControlRequest {
  const value = JSON.parse(line) as unknown
  if (typeof value !== 'object' || value === null) throw new TypeError('not an object')
  const { id, op, ...data } = value as Record<string, unknown>
  if (typeof id !== 'number' || typeof op !== 'string') throw new TypeError('id or op is missing')
  return { id, op, data }
}

/** Reads requests from `socket` until it ends; a line that makes no sense ends it. */
export function openControl(
  socket: Socket,
  onRequest: (request: ControlRequest) => void,
): ControlChannel {
  let rest = ''
  socket.setEncoding('utf8')
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    try {
      if (rest.length > brokerLimits.controlLineBytesMax) throw new RangeError('line too long')
      for (const line of lines) onRequest(parseLine(line))
    } catch {
      socket.destroy()
    }
  })
  const write = (message: object): void => {
    if (!socket.destroyed) socket.write(`${JSON.stringify(message)}\n`)
  }
  return {
    answer: (id, result) => write({ id, ok: true, result }),
    refuse: (id, message) => write({ id, ok: false, error: message }),
    notify: (notice, data) => write({ notice, ...data }),
    close: () => socket.destroy(),
  }
}
