// Runs a program as a person would, from the root of the checkout, and listens to what it says.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

export const root: string = fileURLToPath(new URL('../../', import.meta.url))

export interface Program extends AsyncDisposable {
  readonly child: ChildProcess
  stdout(): string
  stderr(): string
  /** Resolves when the text has appeared on standard output; rejects when the program ends before. */
  says(text: string | RegExp): Promise<void>
  /** The exit status, once it has ended. */
  ended(): Promise<number | null>
}

export function run(
  command: string,
  args: readonly string[],
  options: { readonly env?: Readonly<Record<string, string>>; readonly cwd?: string } = {},
): Program {
  const child = spawn(command, args, {
    cwd: options.cwd ?? root,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, as a terminal makes one: Ctrl-C reaches every process in it.
    detached: true,
  })
  let stdout = ''
  let stderr = ''
  const listeners = new Set<() => void>()
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text
    for (const listener of listeners) listener()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  const exit = once(child, 'close').then(([code]) => code as number | null)

  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = (): boolean => {
          if (typeof text === 'string' ? !stdout.includes(text) : !text.test(stdout)) return false
          listeners.delete(look)
          resolve()
          return true
        }
        if (look()) return
        listeners.add(look)
        exit.then(
          (code) =>
            reject(new Error(`ended with ${code} before it said ${text}:\n${stdout}${stderr}`)),
          reject,
        )
      }),
    ended: () => exit,
    async [Symbol.asyncDispose]() {
      const running = child.exitCode === null && child.signalCode === null
      if (running && child.pid !== undefined) process.kill(-child.pid, 'SIGINT')
      await exit
    },
  }
}
