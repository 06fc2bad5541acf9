/**
 * One connection of an official worker and the sandbox behind it. Bytes of the worker pass as they
 * are; every line of the sandbox is checked here, outside of it, and measured anew.
 */
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

import type { SandboxProcess } from '../sandbox-process.ts'
import { type CheckedLine, checkLine, type Label } from './check-line.ts'
import { RefusedLine } from './check-value.ts'
import { createInlet } from './inlet.ts'
import { lineLimits } from './limits.ts'
import { createSliceMeter, type SliceCost } from './meter.ts'
import { createRest } from './rest.ts'
import { createLineSplitter } from './split.ts'

export interface LineSessionOptions {
  readonly worker: Duplex
  readonly sandbox: SandboxProcess
  /** Told what a sandbox did that it may not do. */
  readonly warn: (what: string) => void
  readonly now: () => number
  /** How long a worker that was told the end may take to hang up. */
  readonly lingerMs: number
  /** The line with the files of a worktime; undefined when there is none of that name. */
  readonly lineOf: (worktime: string) => Promise<Buffer> | undefined
}

/** A sandbox asks so for the files of a worktime. */
const wants = 'WANT:'
const endsSlice = new Set(['complete', 'workError', 'workReject'])

function errorLine(label: Label, ring: 2 | 3, code: string, message: string): string {
  const told = JSON.stringify(message)
  const stack = JSON.stringify(`Error: ${message}`)
  const value =
    ring === 2
      ? `{"raw":{"request":"error","error":{"name":"Error","message":${told},"stack":${stack}}}}`
      : `{"ctr":0,"ps":{"request":{"raw":"workError"},"error":{"ctr":"Error","ps":{"code":"${code}","stack":${stack},"name":"Error"},"arg":${told}}}}`
  return `MSG:{"type":"workerMessage","message":{"_serializeVerId":"${label}","what":{"ctr":0,"ps":{"ringSource":${ring},"value":${value}}}}}`
}

function measurementLine(label: Label, { total, CPU, webGPU }: SliceCost): string {
  const value = { request: 'measurement', total, webGL: 0, webGPU, CPU }
  const what = { raw: { ringSource: 3, value } }
  const message = { _serializeVerId: label, what }
  return `MSG:${JSON.stringify({ type: 'workerMessage', message })}`
}

function connectTo(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const stream = connect(path)
    stream.once('error', reject)
    stream.once('connect', () => {
      stream.off('error', reject)
      resolve(stream)
    })
  })
}

/** Resolves when both ends are gone. */
export async function serveSession(options: LineSessionOptions): Promise<void> {
  const { lineOf, lingerMs, now, sandbox, warn, worker } = options
  const splitter = createLineSplitter()
  const meter = createSliceMeter({
    cpuMs: () => sandbox.cpuMs(),
    gpuMs: () => sandbox.gpuMs(),
    now,
  })
  const rest = createRest({
    usedMs() {
      const onCpu = sandbox.cpuMs()
      return onCpu === undefined ? undefined : onCpu + (sandbox.gpuMs() ?? 0)
    },
    onUnrest() {
      warn('a sandbox was ended: it went on computing after its slice')
      worker.end()
      endSandbox()
    },
  })
  let label: Label = 'v9'
  let running = false
  /** Between two slices: nobody fetches anything for the sandbox. */
  let resting = false
  let over = false
  let equipped = false

  /** The worker is gone, or has heard the last line: the process goes at once. */
  function endSandbox(): void {
    over = true
    rest.end()
    sandbox.kill()
  }

  worker.on('error', endSandbox)
  worker.once('close', endSandbox)
  worker.once('end', endSandbox)
  let stream: Socket
  try {
    stream = await connectTo(sandbox.socketPath)
  } catch {
    worker.destroy()
    await sandbox.ended
    return
  }
  stream.on('error', () => stream.destroy())

  function write(line: string): void {
    if (worker.destroyed || worker.writableEnded) return
    worker.write(`${line}\n`)
    if (worker.writableLength < lineLimits.waitingBytesMax) return
    stream.pause()
    worker.once('drain', () => stream.resume())
  }

  function pass(line: CheckedLine): void {
    if (line.label !== undefined) label = line.label
    if (line.request === 'measurement') {
      write(measurementLine(label, meter.read(Number(line.members?.['total']))))
      return
    }
    if (line.request === 'resetStateDone') {
      running = true
      resting = false
      rest.end()
      meter.begin()
    } else if (endsSlice.has(line.request ?? '')) {
      running = false
      resting = true
      rest.begin()
    } else if (resting && line.request === 'fetchRequest') return
    write(line.text)
    if (!line.last) return
    worker.end()
    endSandbox()
  }

  function refuse(error: RefusedLine): void {
    warn(`a sandbox was ended for what it said: ${error.message}`)
    write(errorLine(label, 2, 'ESANDBOX', 'the sandbox said what no sandbox may say'))
    worker.end()
    endSandbox()
  }

  /** Sends what the sandbox asks for, once: the worker knows nothing of it. */
  function equip(name: string): void {
    if (equipped) throw new RefusedLine('files are asked for once')
    equipped = true
    const line = lineOf(name)
    if (line === undefined) throw new RefusedLine('files that are not there')
    line.then(inlet.add, (error: Error) => {
      warn(`a worktime cannot be read: ${error.message}`)
      endSandbox()
    })
  }

  const inlet = createInlet()
  stream.on('data', (chunk: Buffer) => {
    try {
      for (const text of splitter.push(chunk)) {
        if (over) return
        if (text.startsWith(wants)) {
          equip(text.slice(wants.length))
          continue
        }
        const line = checkLine(text)
        if (line !== undefined) pass(line)
      }
    } catch (error) {
      if (!(error instanceof RefusedLine)) throw error
      refuse(error)
    }
  })
  worker.pipe(inlet.stream).pipe(stream)

  const { detail, reason } = await sandbox.ended
  rest.end()
  if (!stream.destroyed) await drained(stream)
  if (!over && running && (reason === 'memory' || reason === 'crash')) {
    // The worker would try such a slice again for ever; its job's owner shall hear of it instead.
    const code = reason === 'memory' ? 'EMEMORY' : 'ESANDBOX'
    const message =
      reason === 'memory'
        ? 'the sandbox used more memory than it may'
        : `the sandbox has ended: ${detail}`
    write(measurementLine(label, meter.read(Number.NaN)))
    write(errorLine(label, 3, code, message))
  }
  stream.destroy()
  worker.end()
  await closed(worker, lingerMs)
}

/** What the process wrote before it ended is still to be read. */
function drained(stream: Socket): Promise<void> {
  return new Promise((resolve) => {
    if (stream.readableEnded || stream.destroyed) resolve()
    else {
      stream.once('end', resolve)
      stream.once('close', () => resolve())
    }
  })
}

/** What was written leaves first; a worker that does not close its end is not waited for long. */
function closed(worker: Duplex, lingerMs: number): Promise<void> {
  return new Promise((resolve) => {
    if (worker.destroyed) {
      resolve()
      return
    }
    let linger: NodeJS.Timeout | undefined
    const leave = (): void => {
      linger = setTimeout(() => worker.destroy(), lingerMs)
    }
    if (worker.writableFinished) leave()
    else worker.once('finish', leave)
    worker.once('close', () => {
      clearTimeout(linger)
      resolve()
    })
  })
}
