// Runs the command line as a user does, and ends what it started.
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const program = fileURLToPath(new URL('../../packages/cli/bin/manyhands.js', import.meta.url))

function start(commandArguments: readonly string[]): ChildProcess & {
  stdout: NonNullable<ChildProcess['stdout']>
  stderr: NonNullable<ChildProcess['stderr']>
} {
  return spawn(process.execPath, [program, ...commandArguments], {
    stdio: ['ignore', 'pipe', 'pipe'],
  })
}

export interface Ended {
  readonly out: string
  readonly err: string
  readonly status: number | null
}

/** Runs a command to its end. */
export async function manyhands(...commandArguments: string[]): Promise<Ended> {
  const child = start(commandArguments)
  const [out, err, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit') as Promise<[number | null]>,
  ])
  return { out, err, status }
}

export interface Running extends AsyncDisposable {
  readonly url: string
  readonly keystores: { readonly id: string; readonly default: string }
  readonly pid: number
  /** Everything on standard output, the ready line included. */
  readonly lines: readonly string[]
  /** Sends a signal to the command and resolves with its exit status. */
  end(signal?: NodeJS.Signals): Promise<number | null>
}

/** Starts `up` or `scheduler` with `--json` and waits until it is ready. */
export async function startManyhands(...commandArguments: string[]): Promise<Running> {
  const child = start([...commandArguments, '--json'])
  const exited = once(child, 'exit') as Promise<[number | null]>
  const errors = text(child.stderr)
  const lines: string[] = []
  const reader = createInterface({ input: child.stdout })
  reader.on('line', (line) => lines.push(line))
  const first = await Promise.race([
    once(reader, 'line').then(([line]: string[]) => line),
    exited.then(async ([status]) => {
      throw new Error(`ended with status ${status}: ${await errors}`)
    }),
  ])
  async function end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    child.kill(signal)
    const [status] = await exited
    return status
  }
  const ready = JSON.parse(first ?? '') as Pick<Running, 'url' | 'keystores' | 'pid'>
  return {
    ...ready,
    lines,
    end,
    async [Symbol.asyncDispose]() {
      await end()
    },
  }
}
