// The evaluator as the official worker meets it: a program that listens on a port.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { fileURLToPath } from 'node:url'

import { brokerEntry } from '@manyhands/evaluator'

export interface LineEvaluator {
  readonly pid: number
  /** Where it said it listens. */
  readonly listen: string
  /** What it wrote to standard error. */
  readonly complaints: () => string
  open(): Promise<LineConnection>
  close(): Promise<void>
}

/** Starts it with these options; ready when it says so. */
export async function startLineEvaluator(
  ...options: readonly string[]
): Promise<LineEvaluator & { readonly child: ChildProcess }> {
  const flags = ['--conditions=@manyhands/source', '--import', import.meta.resolve('tsx')]
  const args = [...flags, fileURLToPath(brokerEntry), ...options]
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  let complaints = ''
  child.stderr.on('data', (text: Buffer) => (complaints += text.toString()))
  const [line] = (await Promise.race([once(child.stdout, 'data'), once(child, 'close')])) as [
    Buffer | number,
  ]
  if (typeof line === 'number') throw new Error(`status ${line}: ${complaints}`)
  const { listen } = JSON.parse(line.toString()) as { listen: string }
  return {
    child,
    pid: child.pid ?? 0,
    listen,
    complaints: () => complaints,
    open: () => openConnection(listen),
    async close() {
      if (child.exitCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'close')
    },
  }
}

export interface LineConnection {
  readonly socket: Socket
  /** Every line so far. */
  readonly lines: readonly string[]
  readonly closed: Promise<void>
  send(line: string): void
  /** Resolves when `condition` holds of the lines, or the connection is gone. */
  until(condition: (lines: readonly string[]) => boolean): Promise<void>
}

/** Connects to HOST:PORT or the path of a socket. */
export async function openConnection(listen: string): Promise<LineConnection> {
  const [, host, port] = /^\[?(.*?)\]?:(\d+)$/.exec(listen) ?? []
  const socket = listen.includes('/') ? connect(listen) : connect(Number(port), host)
  const lines: string[] = []
  let rest = ''
  let changed: (() => void)[] = []
  const tell = (): void => {
    for (const resolve of changed.splice(0)) resolve()
  }
  socket.setEncoding('utf8').on('data', (text: string) => {
    const whole = (rest + text).split('\n')
    rest = whole.pop() ?? ''
    lines.push(...whole)
    tell()
  })
  socket.on('error', () => socket.destroy())
  const closed = new Promise<void>((resolve) => {
    socket.once('close', () => {
      resolve()
      tell()
    })
  })
  await once(socket, 'connect')
  return {
    socket,
    lines,
    closed,
    send: (line) => void socket.write(`${line}\n`),
    async until(condition) {
      while (!condition(lines) && !socket.destroyed) {
        await new Promise<void>((resolve) => changed.push(resolve))
      }
    },
  }
}
