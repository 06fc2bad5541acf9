/** Starts the evaluator as a process of its own, and cleans up after it however it ends. */
import { type ChildProcess, spawn } from 'node:child_process'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { brokerEntry } from '@manyhands/evaluator'
import { DcpError, type Clock, type Logger } from '@manyhands/protocol'

import { startMs } from '../limits.ts'

export interface EvaluatorProcess {
  readonly pid: number | undefined
  readonly socketPath: string
  /** Asks it to end, then makes it. Its sandboxes end with it. */
  close(): Promise<void>
}

/** A path of a unix socket has room for little more than a hundred characters. */
const socketPathMax = 90
const diagnosticLengthMax = 4096
/** The evaluator ends with it when a jail is required and there is none. */
const noJailStatus = 3
const graceMs = 2_000

/** Node flags that run the evaluator from source or compiled. */
function nodeFlags(entry: URL): string[] {
  if (!entry.pathname.endsWith('.ts')) return []
  return ['--conditions=@manyhands/source', '--import', import.meta.resolve('tsx')]
}

async function makeFolder(): Promise<string> {
  const parent = tmpdir().length > socketPathMax / 2 ? '/tmp' : tmpdir()
  const folder = await mkdtemp(join(parent, 'manyhands-'))
  await chmod(folder, 0o700)
  return folder
}

function firstLine(child: ChildProcess, clock: Clock): Promise<void> {
  return new Promise((resolve, reject) => {
    let diagnostic = ''
    const cancel = clock.setTimer(startMs, () => fail('it did not start in time'))
    const fail = (what: string): void => {
      cancel()
      reject(new DcpError('ESANDBOX', `the evaluator cannot be started: ${what}`))
    }
    child.once('error', (error) => fail(error.message))
    // Closed, not only exited: until then it may not all have been read.
    child.once('close', (status) => {
      if (status === noJailStatus) reject(new DcpError('ENOJAIL', diagnostic.trim()))
      fail(`status ${String(status)} ${diagnostic}`.trim())
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      diagnostic = (diagnostic + text).slice(-diagnosticLengthMax)
    })
    child.stdout?.once('data', () => {
      cancel()
      resolve()
    })
  })
}

/**
 * Ends what an evaluator leaves behind that was killed: a sandbox that it was just starting may not
 * be bound to its life yet. They are all in the group of processes that it began.
 */
function endGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch (error) {
    // Usually there is nobody left in it.
    if (!['ESRCH', 'EPERM'].includes((error as NodeJS.ErrnoException).code ?? '')) throw error
  }
}

export async function spawnEvaluator(
  options: {
    readonly gpu: boolean | string
    readonly jail: string
    readonly without: readonly string[]
  },
  deps: { readonly clock: Clock; readonly logger: Logger },
): Promise<EvaluatorProcess> {
  const { clock, logger } = deps
  const folder = await makeFolder()
  const socketPath = join(folder, 'control.sock')
  const args = [
    fileURLToPath(brokerEntry),
    '--folder',
    folder,
    '--lifeline',
    '--jail',
    options.jail,
  ]
  if (options.without.length > 0) args.push('--without', options.without.join(','))
  if (options.gpu === true) args.push('--gpu')
  else if (options.gpu !== false) args.push('--software-gpu', options.gpu)
  // A session of its own: Ctrl-C in a terminal asks this program to end, and it ends the evaluator
  // when the slices in progress are done.
  const child = spawn(process.execPath, [...nodeFlags(brokerEntry), ...args], {
    detached: true,
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  // The lifeline: when this process dies, however it dies, the evaluator sees its input end.
  child.stdin.on('error', () => undefined)
  let closing = false
  const exited = new Promise<void>((resolve) => {
    child.once('close', (status, signal) => {
      if (!closing) logger.warn('the evaluator has ended by itself', { status, signal })
      resolve()
    })
    child.once('error', () => resolve())
  })
  void exited.then(() => {
    endGroup(child.pid)
    return rm(folder, { recursive: true, force: true })
  })
  try {
    await firstLine(child, clock)
  } catch (error) {
    child.kill('SIGKILL')
    await exited
    throw error
  }
  child.stderr.on('data', (text: string) => logger.warn('evaluator', { text: text.trim() }))
  return {
    pid: child.pid,
    socketPath,
    async close() {
      closing = true
      child.stdin.end()
      const cancel = clock.setTimer(graceMs, () => child.kill('SIGKILL'))
      await exited
      cancel()
      await rm(folder, { recursive: true, force: true })
    },
  }
}
