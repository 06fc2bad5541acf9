/** Starts one sandbox at the evaluator and connects its stream. */
import { DcpError, type Clock, type Logger } from '@manyhands/protocol'
import { utf8Text } from '@manyhands/protocol/node'

import { createFramedSandbox, type FramedSandbox } from '../framed/framed-sandbox.ts'
import { endNoticeMs, type SandboxLimits } from '../limits.ts'
import type { SliceError, WorkAssignment } from '../sandbox.ts'
import type { WorktimeKit } from '../worktime-kit.ts'
import { type ControlClient, connectSocket, type SandboxExit } from './control-client.ts'
import { createProcessMeter } from './process-meter.ts'

export interface RemoteSandboxDeps {
  readonly control: ControlClient
  readonly clock: Clock
  readonly logger: Logger
  readonly limits: SandboxLimits
  readonly warned: WeakSet<WorkAssignment>
  /** A graphics processor was granted: its time is measured, too. */
  readonly gpu: boolean
  readonly kits: readonly WorktimeKit[]
  /** Calls back once when the evaluator says that the sandbox has ended. */
  readonly onExit: (sandbox: string, told: (exit: SandboxExit) => void) => void
}

function deathOf({ detail, reason }: SandboxExit, limits: SandboxLimits): SliceError {
  if (reason === 'memory') {
    const message = `the sandbox used more memory than it may: heap ${limits.heapMib} MiB, in all ${limits.memoryMib} MiB`
    return { name: 'Error', code: 'EMEMORY', message }
  }
  const message = `the sandbox has ended (${reason}): ${detail}`
  return { name: 'Error', code: 'ESANDBOX', message }
}

/** Resolves when the sandbox can be assigned. */
export async function startRemoteSandbox(deps: RemoteSandboxDeps): Promise<FramedSandbox> {
  const { clock, control, kits, limits, logger, warned } = deps
  const { heapMib, memoryMib } = limits
  const { sandbox: id, socket: path } = await control.request('start', {
    limits: { heapMib, memoryMib },
  })
  if (typeof id !== 'string' || typeof path !== 'string') {
    throw new DcpError('ESANDBOX', 'the evaluator gave no sandbox')
  }
  let endWith: (error: SliceError) => void = () => undefined
  const ended = new Promise<SliceError>((resolve) => {
    endWith = resolve
  })
  deps.onExit(id, (exit) => endWith(deathOf(exit, limits)))
  const stream = await connectSocket(path)
  const vanished = (): void => {
    stream.destroy()
    const message = 'the sandbox has ended without a reason'
    const told = (): void => endWith({ name: 'Error', code: 'ESANDBOX', message })
    if (!control.alive) told()
    else cancelWait = clock.setTimer(endNoticeMs, told, { background: true })
  }
  let cancelWait: (() => void) | undefined
  void ended.then(() => {
    cancelWait?.()
    stream.destroy()
  })

  const meter = createProcessMeter(control, id)
  void ended.then(() => meter.close())

  const sandbox = createFramedSandbox(
    id,
    {
      ended,
      send: (bytes) => {
        if (!stream.destroyed) stream.write(bytes)
      },
      cpuMs: () => meter.cpuMs(),
      ...(deps.gpu && { gpuMs: () => meter.gpuMs() }),
      async kill() {
        if (control.alive) await control.request('kill', { sandbox: id })
        stream.destroy()
      },
    },
    { clock, logger, limits, warned, kits, decode: utf8Text },
  )
  stream.on('data', (chunk: Buffer) => sandbox.receive(chunk))
  stream.on('error', () => stream.destroy())
  stream.once('close', vanished)
  await sandbox.ready
  return sandbox
}
