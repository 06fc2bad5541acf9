/**
 * The processes that `up` starts: `manyhands worker` and `manyhands evaluator`. One that dies is
 * started again, longer and longer apart, until the program leaves.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

import type { Clock, Logger } from '@manyhands/protocol'
import { nodeFlags } from '@manyhands/service'

import { endGroup } from '../end-group.ts'
import { writeLog } from '../logging.ts'

const restartFirstMs = 200
const restartMaxMs = 10_000
/** A child that lived this long starts over with the short delay. */
const healthyMs = 30_000

export interface Child {
  readonly name: string
  /** Milliseconds: SIGTERM, then SIGKILL when it is still there. */
  stop(graceMs: number): Promise<void>
}

export interface ChildOptions {
  readonly name: string
  readonly program: Program
  readonly clock: Clock
  readonly logger: Logger
  /** A status after which it is not started again. */
  readonly finalStatus?: number
  /** Called before each start. */
  readonly prepare?: () => Promise<void>
}

/** A module of ours to run in a process of its own. */
export interface Program {
  readonly entry: URL
  readonly arguments: readonly string[]
}

/** This very program with other arguments. */
export function manyhands(...commandArguments: readonly string[]): Program {
  const name = import.meta.url.endsWith('.ts') ? '../main.ts' : '../main.js'
  return { entry: new URL(name, import.meta.url), arguments: commandArguments }
}

function start({ entry, arguments: rest }: Program): ChildProcess {
  return spawn(process.execPath, [...nodeFlags(entry), fileURLToPath(entry), ...rest], {
    // Standard input is a lifeline: it ends when this process dies, however it dies. Standard
    // output belongs to the parent's own lines.
    stdio: ['pipe', 'ignore', 'pipe'],
    // A Ctrl-C in the terminal goes to the parent, which stops its children in order.
    detached: true,
  })
}

export function keepRunning(options: ChildOptions): Child {
  const { name, clock, logger } = options
  const stopping = new AbortController()
  let child: ChildProcess | undefined

  /** True when it ended for good. */
  async function runOnce(): Promise<boolean> {
    await options.prepare?.()
    const started = start(options.program)
    started.stderr?.setEncoding('utf8').on('data', writeLog)
    started.stdin?.on('error', () => logger.debug(`the ${name} closed its lifeline`))
    child = started
    const [code, signal] = (await once(started, 'exit')) as [number | null, string | null]
    endGroup(started.pid)
    if (stopping.signal.aborted) return true
    if (code !== null && code === options.finalStatus) {
      logger.warn(`the ${name} ended and is not started again`, { code })
      return true
    }
    logger.warn(`the ${name} ended; it is started again`, { code, signal })
    return false
  }

  async function run(): Promise<void> {
    let delay = restartFirstMs
    while (!stopping.signal.aborted) {
      const begun = clock.monotonic()
      const over = await runOnce().catch((error: unknown) => {
        logger.error(`the ${name} cannot start`, { error })
        return false
      })
      if (over || stopping.signal.aborted) return
      if (clock.monotonic() - begun > healthyMs) delay = restartFirstMs
      await clock.sleep(delay, stopping.signal).catch(() => {
        // Aborted: the loop ends by its own condition.
      })
      delay = Math.min(delay * 2, restartMaxMs)
    }
  }

  const running = run()
  return {
    name,
    async stop(graceMs) {
      stopping.abort()
      child?.kill('SIGTERM')
      const cancel = clock.setTimer(graceMs, () => child?.kill('SIGKILL'))
      await running
      cancel()
    },
  }
}
