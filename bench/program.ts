// A program that answers one line of JSON for each line of JSON, in a process of its own.
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface Program {
  readonly pid: number
  /** The first line of its standard output: `ready`, or a line of JSON. */
  readonly greeting: string
  /** Sends an order and waits for its reply. One order at a time. */
  ask<Reply>(order: object): Promise<Reply>
  /** Ends its standard input, then the program itself when it has not left within 20 seconds. */
  close(): Promise<void>
}

export interface ProgramOptions {
  readonly command: string
  readonly args: readonly string[]
  readonly env?: Readonly<Record<string, string>>
  readonly signal?: NodeJS.Signals
  /** Programs that speak no JSON are up when this is true; the others when they say a first line. */
  readonly isUp?: () => Promise<boolean>
}

/** Starts a program and waits until it is ready. */
export async function startProgram(options: ProgramOptions): Promise<Program> {
  const { command, args, env = {}, isUp } = options
  const child = spawn(command, args, {
    cwd: fileURLToPath(new URL('../', import.meta.url)),
    env: { ...process.env, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-4000)
  })
  const gone = once(child, 'exit').then(() => {
    throw new Error(`${command} ${args.join(' ')} ended: ${complaints}`)
  })
  gone.catch(() => undefined)
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const nextLine = async (): Promise<string> => {
    const { value, done } = await Promise.race([lines.next(), gone])
    if (done === true) return gone
    return value
  }
  const greeting = isUp === undefined ? await nextLine() : await waitUntil(isUp, gone)
  if (child.pid === undefined) throw new Error(`${command} did not start`)

  return {
    pid: child.pid,
    greeting,
    async ask<Reply>(order: object): Promise<Reply> {
      child.stdin.write(`${JSON.stringify(order)}\n`)
      const reply: Reply & { error?: string } = JSON.parse(await nextLine())
      if (reply.error !== undefined) throw new Error(reply.error)
      return reply
    },
    close: () => closeChild(child, options.signal),
  }
}

async function waitUntil(isUp: () => Promise<boolean>, gone: Promise<never>): Promise<string> {
  while (!(await Promise.race([isUp(), gone]))) await pause(20)
  return 'ready'
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms))
}

async function closeChild(child: ChildProcess, signal?: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const left = once(child, 'exit')
  child.stdin?.end()
  if (signal !== undefined) child.kill(signal)
  const late = setTimeout(() => child.kill('SIGKILL'), 20_000)
  await left
  clearTimeout(late)
}
