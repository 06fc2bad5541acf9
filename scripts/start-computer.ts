// Starts a whole computer as a user does, in a process of its own with a data directory of its own,
// and a home directory with its keystores: for the benchmarks and for official programs.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

export interface RunningComputer {
  readonly url: string
  readonly pid: number
  readonly dataDirectory: string
  /** A home directory whose `.dcp` holds the computer's keystores. */
  readonly home: string
  /** Stops the computer and removes its files. */
  close(): Promise<void>
}

/** The line that `manyhands up --json` prints when it is ready. */
interface ReadyLine {
  readonly url: string
  readonly keystores: { readonly id: string; readonly default: string }
}

/** From a checkout's sources, or as it was built and would be published. */
const commands = {
  sources: fileURLToPath(new URL('../packages/cli/bin/manyhands.js', import.meta.url)),
  compiled: fileURLToPath(new URL('../packages/cli/dist/main.js', import.meta.url)),
}
const stopMs = 40_000

/**
 * Starts a computer with that many sandboxes on a free port of the loopback interface; `more` goes to
 * `manyhands up`.
 */
export async function startComputer(
  sandboxes: number,
  more: readonly string[] = [],
  from: keyof typeof commands = 'sources',
): Promise<RunningComputer> {
  const directory = await mkdtemp(join(tmpdir(), 'manyhands-'))
  const dataDirectory = join(directory, 'data')
  const home = join(directory, 'home')
  const child = spawn(
    process.execPath,
    [
      commands[from],
      'up',
      '--no-sample',
      '--json',
      '--port=0',
      `--sandboxes=${sandboxes}`,
      `--data=${dataDirectory}`,
      '--log-level=warn',
      ...more,
    ],
    { stdio: ['ignore', 'pipe', 'pipe'] },
  )
  let complaints = ''
  child.stderr.on('data', (chunk: Buffer) => {
    complaints = (complaints + chunk.toString()).slice(-4000)
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const { value: line, done } = await lines.next()
  const { pid } = child
  if (done === true || pid === undefined) {
    await rm(directory, { recursive: true, force: true })
    throw new Error(`the computer did not start: ${complaints}`)
  }

  const { url, keystores }: ReadyLine = JSON.parse(line)
  await mkdir(join(home, '.dcp'), { recursive: true, mode: 0o700 })
  await copyFile(keystores.id, join(home, '.dcp', 'id.keystore'))
  await copyFile(keystores.default, join(home, '.dcp', 'default.keystore'))
  return {
    url,
    pid,
    dataDirectory,
    home,
    async close() {
      if (child.exitCode === null && child.signalCode === null) {
        const left = once(child, 'exit')
        child.kill('SIGTERM')
        const late = setTimeout(() => child.kill('SIGKILL'), stopMs)
        await left
        clearTimeout(late)
      }
      await rm(directory, { recursive: true, force: true })
    },
  }
}
