/**
 * The processes of one sandbox: the one that was started, and the one that runs Deno, which in a jail
 * is its child in other namespaces. Ended from the inside out, so that nothing is left unreaped.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import type { Socket } from 'node:net'
import { constants, setPriority } from 'node:os'
import type { Readable } from 'node:stream'

import { descriptors } from './jail/bubblewrap.ts'
import type { SandboxGroup } from './jail/cgroup.ts'
import type { LaunchCommand } from './launch.ts'
import { brokerLimits } from './limits.ts'

export interface JailedProcess {
  readonly child: ChildProcess
  /** Process id of Deno as this process sees it; undefined until it is known. */
  readonly pid: number | undefined
  /** SIGKILL to all of it. */
  kill(): void
}

export interface StartOptions {
  readonly command: LaunchCommand
  /** What becomes standard input, output and error. */
  readonly streams: readonly (Socket | 'pipe')[]
  /** The file with the filter of system calls, where the command wants one. */
  readonly filterFile: string | undefined
  readonly group: SandboxGroup | undefined
  readonly niceness: number
  /** Called once with the process id of Deno. */
  readonly onPid?: (pid: number) => void
}

function hasEnded({ exitCode, signalCode }: ChildProcess): boolean {
  return exitCode !== null || signalCode !== null
}

/** Fails only when the process is gone already, which its exit tells. */
function whileItLives(action: () => void): void {
  try {
    action()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === undefined) throw error
  }
}

/** Reads what bubblewrap says about its child. */
function readInformation(stream: Readable, onPid: (pid: number) => void): void {
  let text = ''
  let told = false
  stream.on('error', () => stream.destroy())
  stream.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(0, brokerLimits.diagnosticBytesMax)
    const [, pid] = /"child-pid":\s*(\d+)[^\d]/.exec(text) ?? []
    if (pid === undefined || told) return
    told = true
    onPid(Number(pid))
  })
}

function spawnCommand({ command, filterFile, streams }: StartOptions): ChildProcess {
  const { args, env, file, filtered, nested, uid } = command
  if (filtered && filterFile === undefined) throw new Error('the filter of system calls is missing')
  // Each sandbox reads the filter through a descriptor of its own: the offset is theirs, too.
  const filter = filtered && filterFile !== undefined ? openSync(filterFile, 'r') : undefined
  const extra = nested ? [filter ?? ('ignore' as const), 'pipe' as const] : []
  try {
    return spawn(file, [...args], {
      cwd: '/',
      env: env ?? process.env,
      stdio: [...streams, ...extra],
      ...(uid === undefined ? {} : { uid, gid: uid }),
    })
  } finally {
    if (filter !== undefined) closeSync(filter)
  }
}

export function startJailed(options: StartOptions): JailedProcess {
  const { command, group, niceness, onPid } = options
  const child = spawnCommand(options)
  let pid = command.nested ? undefined : child.pid
  let killed = false

  const know = (inner: number): void => {
    pid = inner
    if (killed) whileItLives(() => process.kill(inner, 'SIGKILL'))
    // It may have been made before its parent was told to be nice.
    if (niceness > 0) whileItLives(() => setPriority(inner, niceness))
    if (!hasEnded(child)) onPid?.(inner)
  }
  if (child.pid !== undefined) {
    const outer = child.pid
    if (niceness > 0) whileItLives(() => setPriority(outer, niceness))
    if (!command.nested) onPid?.(outer)
  }
  const information = child.stdio[descriptors.information]
  if (command.nested && information) readInformation(information as Readable, know)

  return {
    child,
    get pid() {
      return pid
    },
    kill() {
      if (killed || hasEnded(child)) return
      killed = true
      if (!command.nested) {
        child.kill('SIGKILL')
        return
      }
      // From the inside out: bubblewrap reaps its child and follows it. Without bubblewrap a child that
      // is not ready would wait for it for ever, so as long as the child is not known it is waited for.
      const inner = pid
      if (inner !== undefined) whileItLives(() => process.kill(inner, 'SIGKILL'))
      const impatience = setTimeout(() => {
        void group?.kill()
        child.kill('SIGKILL')
      }, brokerLimits.reapMs)
      child.once('close', () => clearTimeout(impatience))
    },
  }
}

/** How a process ended, in words; bubblewrap reports the signal that ended its child as a status. */
export function describeExit(status: number | null, signal: NodeJS.Signals | null): string {
  if (signal !== null) return signal
  const number = (status ?? 0) - 128
  const name = Object.entries(constants.signals).find(([, value]) => value === number)?.[0]
  return name ?? `status ${String(status)}`
}
