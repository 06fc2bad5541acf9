/**
 * One sandbox: a one-shot socket whose accepted connection becomes the standard input and output of
 * the process. After that no byte of the stream passes through the broker.
 */
import type { ChildProcess } from 'node:child_process'
import { createServer, type Server, type Socket } from 'node:net'

import { createGpuMeter, type GpuMeter } from './gpu/meter.ts'
import type { SandboxGroup } from './jail/cgroup.ts'
import { describeExit, type JailedProcess, startJailed } from './jailed-process.ts'
import type { LaunchCommand } from './launch.ts'
import { brokerLimits, type SandboxLimits } from './limits.ts'
import { listenOn } from './listen.ts'
import { type CpuMeter, createCpuMeter, readMemoryBytes } from './proc.ts'

/** Why a sandbox is gone: `closed` means that its supervisor hung up. */
type EndReason = 'closed' | 'killed' | 'memory' | 'crash' | 'start'

interface SandboxEnd {
  readonly reason: EndReason
  readonly detail: string
}

export interface SandboxProcess {
  /** Where the supervisor connects, once. */
  readonly socketPath: string
  readonly ended: Promise<SandboxEnd>
  /** Process id of Deno, as soon as it is known. */
  readonly pid: number | undefined
  cpuMs(): number | undefined
  /** The same of a graphics processor; undefined where none was granted or the kernel does not count. */
  gpuMs(): number | undefined
  /** Ends the sandbox when it uses more memory than it may. */
  watchMemory(): void
  kill(): void
}

export interface SandboxProcessOptions {
  readonly socketPath: string
  readonly command: LaunchCommand
  readonly limits: SandboxLimits
  readonly filterFile?: string | undefined
  readonly group?: SandboxGroup | undefined
  /** A graphics processor was granted. */
  readonly gpu?: boolean
  /** False in tests that take the limits away. */
  readonly watched?: boolean
  /** Told what went wrong and changes nothing for the sandbox. */
  readonly warn?: (what: string) => void
}

const bytesPerMib = 1 << 20
const outOfMemory = /out of memory|memory allocation of \d+ bytes failed|Cannot allocate memory/i
const forbiddenCall = 'SIGSYS'

/** Keeps the end of what the process says of itself; `onFlood` when it says far too much. */
function collect(child: ChildProcess, onFlood: () => void): () => string {
  let text = ''
  let length = 0
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-brokerLimits.diagnosticBytesMax)
    length += chunk.length
    if (length > brokerLimits.diagnosticFloodBytes) onFlood()
  })
  return () => text.trim()
}

function classify(status: string, diagnostic: string, memoryUsedUp: boolean): SandboxEnd {
  const detail = diagnostic === '' ? status : `${status}: ${diagnostic}`
  if (memoryUsedUp || outOfMemory.test(diagnostic)) return { reason: 'memory', detail }
  if (status === forbiddenCall) {
    return { reason: 'crash', detail: 'it made a system call that no sandbox may make' }
  }
  return { reason: status === 'status 0' ? 'closed' : 'crash', detail }
}

function ended(child: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (status, signal) => resolve(describeExit(status, signal)))
  })
}

/** The one connection that is waited for; undefined when nobody came in time. */
function accept(server: Server): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const impatience = setTimeout(() => server.close(), brokerLimits.connectMs)
    server.once('connection', (stream) => {
      clearTimeout(impatience)
      server.close()
      resolve(stream)
    })
    server.once('close', () => {
      clearTimeout(impatience)
      resolve(undefined)
    })
  })
}

/** Listens on the socket; the process starts when its supervisor connects. */
export async function startSandbox(options: SandboxProcessOptions): Promise<SandboxProcess> {
  const { command, filterFile, group, limits, socketPath } = options
  const { gpu = false, warn = () => undefined, watched = true } = options
  const server = createServer({ pauseOnConnect: true })
  await listenOn(server, socketPath)
  let running: JailedProcess | undefined
  let meter: CpuMeter | undefined
  let gpuMeter: GpuMeter | undefined
  let asked: EndReason | undefined

  function stop(reason: EndReason): void {
    asked ??= reason
    if (running === undefined) server.close()
    else running.kill()
  }

  async function live(): Promise<SandboxEnd> {
    const stream = await accept(server)
    stream?.on('error', () => undefined)
    if (stream === undefined || asked !== undefined) {
      stream?.destroy()
      return { reason: asked ?? 'start', detail: asked ? 'before it started' : 'nobody connected' }
    }
    running = startJailed({
      command,
      streams: [stream, stream, 'pipe'],
      filterFile,
      group,
      niceness: limits.niceness,
      onPid: (pid) => {
        meter = createCpuMeter(pid)
        if (gpu) gpuMeter = createGpuMeter(pid)
      },
    })
    const diagnostic = collect(running.child, () => stop('crash'))
    const status = ended(running.child)
    stream.destroy()
    const how = await status
    meter?.close()
    meter = undefined
    if (asked !== undefined) return { reason: asked, detail: how }
    return classify(how, diagnostic(), (await group?.ranOutOfMemory()) ?? false)
  }

  async function end(): Promise<SandboxEnd> {
    const how = await live().catch((error: Error): SandboxEnd => ({
      reason: asked ?? 'start',
      detail: error.message,
    }))
    await group?.remove().catch((error: Error) => warn(`a group stays behind: ${error.message}`))
    return how
  }

  return {
    socketPath,
    ended: end(),
    get pid() {
      return running?.pid
    },
    cpuMs: () => meter?.read(),
    gpuMs: () => gpuMeter?.read(),
    watchMemory() {
      const pid = running?.pid
      if (pid === undefined || !watched) return
      const used = readMemoryBytes(pid)
      if (used !== undefined && used > limits.memoryMib * bytesPerMib) stop('memory')
    },
    kill: () => stop('killed'),
  }
}
