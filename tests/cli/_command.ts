// A command of ours as a user starts it: by its file in packages/cli/bin.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface RunningCommand {
  readonly pid: number
  /** What it said on its standard output. */
  readonly lines: readonly string[]
  /** What it wrote to standard error. */
  readonly complaints: () => string
  /** Resolves with the first line, of those from number `from` on, that matches. */
  said(pattern: RegExp, from?: number): Promise<string>
  signal(name: NodeJS.Signals): void
  /** Resolves with its status, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>
  /** Sends SIGTERM, if it still runs, and waits. */
  close(): Promise<void>
}

export function startCommand(name: string, ...args: readonly string[]): RunningCommand {
  const file = fileURLToPath(new URL(`../../packages/cli/bin/${name}.js`, import.meta.url))
  const child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  const lines: string[] = []
  let complaints = ''
  let over = false
  let waiting: (() => void)[] = []
  const tell = (): void => {
    for (const resolve of waiting.splice(0)) resolve()
  }
  createInterface({ input: child.stdout }).on('line', (line) => {
    lines.push(line)
    tell()
  })
  child.stderr.on('data', (text: Buffer) => (complaints += text.toString()))
  const ended = once(child, 'close').then(([code, signal]: unknown[]) => {
    over = true
    tell()
    return (code ?? signal) as number | NodeJS.Signals | null
  })
  return {
    pid: child.pid ?? 0,
    lines,
    complaints: () => complaints,
    async said(pattern, from = 0) {
      for (;;) {
        const line = lines.slice(from).find((one) => pattern.test(one))
        if (line !== undefined) return line
        if (over) throw new Error(`it ended without saying ${String(pattern)}: ${complaints}`)
        await new Promise<void>((resolve) => waiting.push(resolve))
      }
    },
    signal: (signal) => void child.kill(signal),
    ended,
    async close() {
      if (!over) child.kill('SIGTERM')
      await ended
    },
  }
}
