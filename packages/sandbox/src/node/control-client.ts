/**
 * The supervisor's end of the evaluator's control channel: one JSON object per line, requests with an
 * id and answers with the same, notices without.
 */
import { connect, type Socket } from 'node:net'

import { DcpError } from '@manyhands/protocol'

import { controlLineLengthMax } from '../limits.ts'

export interface SandboxExit {
  readonly sandbox: string
  readonly reason: string
  readonly detail: string
}

export interface ControlClient {
  /** Resolves when the connection is gone, whoever ended it. */
  readonly closed: Promise<void>
  readonly alive: boolean
  /** @throws DcpError `ESANDBOX` when the evaluator refuses or is gone. */
  request(op: string, data?: Readonly<Record<string, unknown>>): Promise<Record<string, unknown>>
  close(): void
}

interface Waiting {
  resolve(result: Record<string, unknown>): void
  reject(error: DcpError): void
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}

export function connectSocket(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

export async function connectControl(
  path: string,
  onExit: (exit: SandboxExit) => void,
): Promise<ControlClient> {
  const socket = await connectSocket(path)
  const waiting = new Map<number, Waiting>()
  let count = 0
  let rest = ''

  function onMessage(line: string): void {
    const message: unknown = JSON.parse(line)
    if (!isRecord(message)) throw new TypeError('a control line that is not an object')
    const { id, notice } = message
    if (notice === 'exit') {
      const { detail, reason, sandbox } = message
      onExit({ sandbox: String(sandbox), reason: String(reason), detail: String(detail) })
    }
    if (typeof id !== 'number') return
    const request = waiting.get(id)
    waiting.delete(id)
    if (message['ok'] === true)
      request?.resolve(isRecord(message['result']) ? message['result'] : {})
    else request?.reject(new DcpError('ESANDBOX', `the evaluator: ${String(message['error'])}`))
  }

  socket.setEncoding('utf8')
  socket.on('error', () => socket.destroy())
  socket.on('data', (chunk: string) => {
    const lines = (rest + chunk).split('\n')
    rest = lines.pop() ?? ''
    try {
      if (rest.length > controlLineLengthMax) throw new RangeError('a control line too long')
      for (const line of lines) onMessage(line)
    } catch {
      socket.destroy()
    }
  })
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      for (const request of waiting.values()) {
        request.reject(new DcpError('ESANDBOX', 'the evaluator has ended'))
      }
      waiting.clear()
      resolve()
    })
  })

  return {
    closed,
    get alive() {
      return !socket.destroyed
    },
    request(op, data = {}) {
      return new Promise((resolve, reject) => {
        if (socket.destroyed) {
          reject(new DcpError('ESANDBOX', 'the evaluator has ended'))
          return
        }
        const id = (count += 1)
        waiting.set(id, { resolve, reject })
        socket.write(`${JSON.stringify({ ...data, id, op })}\n`)
      })
    },
    close: () => socket.destroy(),
  }
}
