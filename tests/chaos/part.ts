/** One part of the computer as a process of its own, in a session of its own. */
import { spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { nodeFlags } from '@manyhands/service'

import { limits } from './limits.ts'
import { within } from './wait.ts'

export interface Part {
  readonly name: string
  readonly pid: number
  /** What it wrote so far, line by line, read as JSON: its output and its log. */
  readonly lines: readonly unknown[]
  readonly ended: boolean
  /** The first line, already printed or to come, that `pick` makes something of. */
  line<T>(what: string, ms: number, pick: (line: unknown) => T | undefined): Promise<T>
  /** Resolves when a line with this text has been printed, or is. */
  says(text: string, ms: number): Promise<void>
  /** SIGKILL; resolves when the process is gone. */
  kill(): Promise<void>
  /** SIGTERM; rejects when it does not leave in time or not with status 0. It is gone then. */
  stop(): Promise<void>
  /** Resolves when it has left by itself. */
  left(ms: number): Promise<void>
  /** What was worse than `info` of its standard error, the end of it. */
  complaints(): string
}

export interface PartOptions {
  readonly name: string
  readonly entry: URL
  readonly args: readonly string[]
  /** Flags for Node; those that our own sources need by default. */
  readonly flags?: readonly string[]
  /** All of its environment; ours by default. */
  readonly env?: Readonly<Record<string, string>>
  /** Gets everything it writes on standard error. */
  readonly log: string
}

interface Ending {
  readonly status: number | null
  readonly signal: string | null
}

export function startPart(options: PartOptions): Part {
  const { name, entry, args, log, flags = nodeFlags(entry), env = process.env } = options
  const child = spawn(process.execPath, [...flags, fileURLToPath(entry), ...args], {
    env,
    // Standard input and the channel are lifelines: should this program die, its parts see it.
    stdio: ['pipe', 'pipe', 'pipe', 'ipc'],
    // The session's number stays with everything it starts, however that is orphaned.
    detached: true,
  })
  const { pid } = child
  if (pid === undefined) throw new Error(`the ${name} could not be started`)
  const lines: unknown[] = []
  let printed = ''
  const listeners = new Set<() => void>()
  const tell = (): void => {
    for (const listener of listeners) listener()
  }
  let ending: Ending | undefined
  let complaints = ''
  const file = createWriteStream(log, { flags: 'a' })
  const gone = new Promise<Ending>((resolve) => {
    child.once('close', (status, signal) => {
      ending = { status, signal }
      file.end()
      resolve(ending)
      tell()
    })
  })
  child.stdin?.on('error', () => undefined)
  child.stderr?.pipe(file)
  function hear(input: NodeJS.ReadableStream | null, note: (text: string, line: unknown) => void) {
    if (input === null) return
    createInterface({ input }).on('line', (text) => {
      const line = parse(text)
      note(text, line)
      lines.push(line)
      tell()
    })
  }
  hear(child.stdout, (text) => {
    printed = `${printed}${text}\n`.slice(-limits.diagnosticLength)
  })
  hear(child.stderr, (text, line) => {
    const { level } = (line ?? {}) as { readonly level?: unknown }
    if (level === 'info' || level === 'debug') return
    complaints = `${complaints}${text}\n`.slice(-limits.diagnosticLength)
  })

  function line<T>(what: string, ms: number, pick: (line: unknown) => T | undefined): Promise<T> {
    let look = (): void => undefined
    const found = new Promise<T>((resolve, reject) => {
      let next = 0
      look = () => {
        for (; next < lines.length; next++) {
          const picked = pick(lines[next])
          if (picked !== undefined) return resolve(picked)
        }
        if (ending === undefined) return undefined
        return reject(new Error(`the ${name} ended (${describe(ending)}) before it told ${what}`))
      }
      listeners.add(look)
      look()
    })
    return within(ms, `the ${name}, to tell ${what},`, found).finally(() => listeners.delete(look))
  }

  async function says(text: string, ms: number): Promise<void> {
    await line(`"${text}"`, ms, () => printed.includes(text) || undefined)
  }

  async function left(ms: number): Promise<void> {
    const { status, signal } = await within(ms, `the ${name}, to leave,`, gone)
    if (status !== 0) throw new Error(`the ${name} left with ${describe({ status, signal })}`)
  }

  async function kill(): Promise<void> {
    child.kill('SIGKILL')
    await within(limits.stopMs, `the ${name}, to be killed,`, gone)
  }

  return {
    name,
    pid,
    lines,
    get ended() {
      return ending !== undefined
    },
    line,
    says,
    left,
    kill,
    async stop() {
      child.kill('SIGTERM')
      try {
        await left(limits.stopMs)
      } finally {
        await kill()
      }
    },
    complaints: () => complaints,
  }
}

/** What all of these complain of, each under its name; those that do not complain are left out. */
export function complaintsOf(parts: readonly Part[]): string {
  return parts
    .map((part) => ({ name: part.name, text: part.complaints().trim() }))
    .filter(({ text }) => text !== '')
    .map(({ name, text }) => `--- ${name}\n${text}`)
    .join('\n')
}

function describe({ status, signal }: Ending): string {
  return signal ?? `status ${status}`
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line) as unknown
  } catch {
    // Not everything that a program prints is meant for us.
    return undefined
  }
}
