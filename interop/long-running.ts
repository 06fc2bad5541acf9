// A program that stays up, such as a worker: what it says is listened to, and it is told to leave.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

export interface LongRunning {
  readonly pid: number
  /** The last of what it printed, on either stream. */
  readonly printed: () => string
  /** Resolves with the next line of its standard output that has the text. */
  said(text: string): Promise<string>
  /** Sends the signal and waits; the status it ends with, null after a signal. */
  stop(signal: NodeJS.Signals): Promise<number | null>
}

const startMs = 60_000
const stopMs = 60_000
const printedCharacters = 4_000

/** Starts Node with these arguments and exactly this environment; as another user, when told to. */
export function startLongRunning(
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  { user }: { readonly user?: number } = {},
): LongRunning {
  const child = spawn(process.execPath, [...args], {
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(user === undefined ? {} : { uid: user, gid: user }),
  })
  let printed = ''
  const note = (text: string): void => {
    printed = (printed + text).slice(-printedCharacters)
  }
  const waiting = new Map<string, (line: string) => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    note(`${line}\n`)
    for (const [text, resolve] of waiting) if (line.includes(text)) resolve(line)
  })
  child.stderr.on('data', (chunk: Buffer) => note(chunk.toString()))

  const { pid } = child
  if (pid === undefined) throw new Error(`${process.execPath} could not be started`)

  return {
    pid,
    printed: () => printed,
    said: (text) =>
      new Promise((resolve, reject) => {
        const fail = (what: string) => (): void => reject(new Error(`${what}: ${printed}`))
        const late = setTimeout(fail(`it did not say "${text}"`), startMs)
        const left = fail('it ended')
        child.once('exit', left)
        waiting.set(text, (line) => {
          clearTimeout(late)
          child.off('exit', left)
          waiting.delete(text)
          resolve(line)
        })
      }),
    async stop(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      const late = setTimeout(() => child.kill('SIGKILL'), stopMs)
      const left = once(child, 'exit') as Promise<[number | null]>
      child.kill(signal)
      const [status] = await left
      clearTimeout(late)
      return status
    },
  }
}
