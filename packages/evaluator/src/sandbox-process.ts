/**
 * One sandbox: a one-shot socket whose accepted connection becomes the standard input and output of
 * the process. After that no byte of the stream passes through the broker.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { createServer, type Socket } from 'node:net'
import { setPriority } from 'node:os'

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
  cpuMs(): number | undefined
  /** Ends the sandbox when it uses more memory than it may. */
  watchMemory(): void
  kill(): void
}

export interface SandboxProcessOptions {
  readonly socketPath: string
  readonly command: LaunchCommand
  readonly limits: SandboxLimits
}

const bytesPerMib = 1 << 20
const outOfMemory = /out of memory|memory allocation of \d+ bytes failed|Cannot allocate memory/i

function run(command: LaunchCommand, stream: Socket, limits: SandboxLimits): ChildProcess {
  const child = spawn(command.file, [...command.args], {
    cwd: '/',
    env: command.env,
    stdio: [stream, stream, 'pipe'],
  })
  if (child.pid !== undefined && limits.niceness > 0) {
    try {
      setPriority(child.pid, limits.niceness)
    } catch (error) {
      // It may be gone already; its end is told by its exit.
      if ((error as NodeJS.ErrnoException).code === undefined) throw error
    }
  }
  return child
}

function collect(child: ChildProcess): () => string {
  let text = ''
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    text = (text + chunk).slice(-brokerLimits.diagnosticBytesMax)
  })
  return () => text.trim()
}

function classify(asked: EndReason | undefined, status: string, diagnostic: string): SandboxEnd {
  if (asked !== undefined) return { reason: asked, detail: status }
  const reason = outOfMemory.test(diagnostic)
    ? 'memory'
    : status === 'status 0'
      ? 'closed'
      : 'crash'
  return { reason, detail: diagnostic === '' ? status : `${status}: ${diagnostic}` }
}

/** Listens on the socket; the process starts when its supervisor connects. */
export async function startSandbox(options: SandboxProcessOptions): Promise<SandboxProcess> {
  const { command, limits, socketPath } = options
  const server = createServer({ pauseOnConnect: true })
  await listenOn(server, socketPath)
  let child: ChildProcess | undefined
  let meter: CpuMeter | undefined
  let asked: EndReason | undefined
  let end: (end: SandboxEnd) => void = () => undefined
  const ended = new Promise<SandboxEnd>((resolve) => {
    end = resolve
  })
  const impatience = setTimeout(() => {
    server.close()
    end({ reason: 'start', detail: 'nobody connected to it' })
  }, brokerLimits.connectMs)

  server.once('connection', (stream) => {
    clearTimeout(impatience)
    server.close()
    stream.on('error', () => undefined)
    child = run(command, stream, limits)
    if (child.pid !== undefined) meter = createCpuMeter(child.pid)
    const diagnostic = collect(child)
    stream.destroy()
    child.once('error', (error) => end({ reason: 'start', detail: error.message }))
    child.once('close', (status, signal) => {
      meter?.close()
      meter = undefined
      end(classify(asked, signal ?? `status ${String(status)}`, diagnostic()))
    })
  })

  function stop(reason: EndReason): void {
    asked ??= reason
    if (child === undefined) {
      clearTimeout(impatience)
      server.close()
      end({ reason, detail: 'before it started' })
    } else {
      child.kill('SIGKILL')
    }
  }

  return {
    socketPath,
    ended,
    cpuMs: () => meter?.read(),
    watchMemory() {
      if (child?.pid === undefined) return
      const used = readMemoryBytes(child.pid)
      if (used !== undefined && used > limits.memoryMib * bytesPerMib) stop('memory')
    },
    kill: () => stop('killed'),
  }
}
