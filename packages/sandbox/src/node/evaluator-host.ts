/**
 * Sandboxes from an evaluator process. The evaluator may be killed at any time: what runs then ends as
 * died, and the next `create` starts or connects to another one.
 */
import {
  capability,
  DcpError,
  isDcpError,
  mapBasic,
  silentLogger,
  systemClock,
} from '@manyhands/protocol'
import type { Clock, Logger } from '@manyhands/protocol'

import type { FramedSandbox } from '../framed/framed-sandbox.ts'
import { defaultLimits, sparesMax, type SandboxLimits } from '../limits.ts'
import type { Sandbox, SandboxDescription, SandboxHost, WorkAssignment } from '../sandbox.ts'
import type { WorktimeKit } from '../worktime-kit.ts'
import { type ControlClient, connectControl, type SandboxExit } from './control-client.ts'
import { type EvaluatorProcess, spawnEvaluator } from './evaluator-process.ts'
import { findKits } from './kits.ts'
import { startRemoteSandbox } from './remote-sandbox.ts'

export interface EvaluatorHostOptions {
  /** Control socket of an evaluator that runs already; without one it is started here. */
  readonly socketPath?: string
  readonly limits?: Partial<SandboxLimits>
  /** Sandboxes kept started and empty for the next `create`; 1 by default. */
  readonly spares?: number
  /** `required`: no sandbox without a jail. `auto`, the default: a jail where it can be built. */
  readonly jail?: 'auto' | 'required' | 'none'
  /**
   * Grants the graphics processor of this machine to sandboxes; false by default. A text, in tests
   * alone, is the manifest of a driver that computes in software.
   */
  readonly gpu?: boolean | string
  /** Layers that a test takes away: see `weaken.ts` of the evaluator, which refuses it otherwise. */
  readonly without?: readonly string[]
  /** Worktimes besides that of JavaScript; by default those that are installed. */
  readonly kits?: readonly WorktimeKit[]
  readonly clock?: Clock
  readonly logger?: Logger
}

export interface EvaluatorHost extends SandboxHost {
  /** Process id of the evaluator that was started here; undefined before the first use. */
  readonly pid: number | undefined
}

interface Connected {
  readonly control: ControlClient
  readonly process: EvaluatorProcess | undefined
  readonly exits: Map<string, (exit: SandboxExit) => void>
  /** It grants a graphics processor. */
  readonly gpu: boolean
}

/** An evaluator that was started elsewhere may have been started without. */
function assertJail({ jail, missing }: Readonly<Record<string, unknown>>): void {
  if (jail === 'bubblewrap') return
  const lines = Array.isArray(missing) ? missing.map((line) => `\n  - ${String(line)}`) : []
  throw new DcpError('ENOJAIL', `the evaluator has no jail, and one is required:${lines.join('')}`)
}

/** Makes a host; nothing is started before it is used. */
export function createEvaluatorHost(options: EvaluatorHostOptions = {}): EvaluatorHost {
  const clock = options.clock ?? systemClock
  const logger = options.logger ?? silentLogger
  const limits: SandboxLimits = { ...defaultLimits, ...options.limits }
  const sparesWanted = Math.min(sparesMax, Math.max(0, options.spares ?? 1))
  const warned = new WeakSet<WorkAssignment>()
  const kits = options.kits ?? findKits()
  const sandboxes = new Set<FramedSandbox>()
  let spares: Promise<FramedSandbox>[] = []
  let connecting: Promise<Connected> | undefined
  let connected: Connected | undefined
  let closed = false

  async function connect(): Promise<Connected> {
    const { gpu = false, jail = 'auto', without = [] } = options
    const process =
      options.socketPath === undefined
        ? await spawnEvaluator({ gpu, jail, without }, { clock, logger })
        : undefined
    const exits: Connected['exits'] = new Map()
    let control: ControlClient | undefined
    try {
      const path = options.socketPath ?? process?.socketPath ?? ''
      control = await connectControl(path, (exit) => {
        exits.get(exit.sandbox)?.(exit)
        exits.delete(exit.sandbox)
      })
      void control.closed.then(() => {
        for (const [sandbox, told] of exits) {
          told({ sandbox, reason: 'crash', detail: 'the evaluator was ended' })
        }
        exits.clear()
      })
      const hello = await control.request('hello')
      if (jail === 'required') assertJail(hello)
      const granted = Array.isArray(hello['gpu']) && hello['gpu'].length > 0
      return { control, process, exits, gpu: granted }
    } catch (cause) {
      // An evaluator of somebody else goes on: what is open to it would keep this process.
      control?.close()
      await process?.close()
      if (isDcpError(cause, 'ENOJAIL')) throw cause
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new DcpError('ESANDBOX', `the evaluator cannot be reached: ${reason}`, { cause })
    }
  }

  async function evaluator(): Promise<Connected> {
    if (closed) throw new DcpError('EPIPE', 'the sandbox host is closed')
    if (connected !== undefined && !connected.control.alive) {
      logger.warn('the evaluator has ended; another one is used')
      await connected.process?.close()
      connected = undefined
      spares = []
    }
    if (connected !== undefined) return connected
    connecting ??= connect().finally(() => {
      connecting = undefined
    })
    connected = await connecting
    return connected
  }

  async function start(): Promise<FramedSandbox> {
    const { control, exits, gpu } = await evaluator()
    const sandbox = await startRemoteSandbox({
      control,
      clock,
      logger,
      limits,
      warned,
      kits,
      gpu,
      onExit: (id, told) => exits.set(id, told),
    })
    sandboxes.add(sandbox)
    return sandbox
  }

  function addSpares(): void {
    while (!closed && spares.length < sparesWanted) {
      const spare = start()
      spares.push(spare)
      spare.catch((error: unknown) => {
        spares = spares.filter((other) => other !== spare)
        if (!closed) logger.warn('a sandbox could not be started ahead', { error })
      })
    }
  }

  function forgetDead(): void {
    for (const sandbox of sandboxes) if (sandbox.dead) sandboxes.delete(sandbox)
  }

  async function take(): Promise<FramedSandbox> {
    await evaluator()
    for (let spare = spares.shift(); spare !== undefined; spare = spares.shift()) {
      const sandbox = await spare.catch(() => undefined)
      if (sandbox !== undefined && !sandbox.dead) return sandbox
    }
    return start()
  }

  /** What a sandbox says of itself, found by trying in a real one. */
  async function findCapabilities(): Promise<number> {
    const sandbox = await take()
    const features = await sandbox.ready
    if (sparesWanted > 0) spares.push(Promise.resolve(sandbox))
    else await sandbox.kill()
    return (
      capability.engineV8 |
      capability.kvinV9 |
      (features.fdlibm ? capability.fdlibm : 0) |
      (features.offscreenCanvas ? capability.offscreenCanvas : 0) |
      (features.webgpu ? capability.webgpu : 0)
    )
  }

  return {
    get pid() {
      return connected?.process?.pid
    },
    async describe(): Promise<SandboxDescription> {
      const { control } = await evaluator()
      const hello = await control.request('hello')
      const { jail, missing, protections } = hello
      return {
        capabilities: await findCapabilities(),
        worktimes: [mapBasic, ...kits.map(({ worktime }) => worktime)],
        jail: typeof jail === 'string' ? jail : 'none',
        protections: Array.isArray(protections) ? protections.map(String) : [],
        missing: Array.isArray(missing) ? missing.map(String) : [],
      }
    },
    async create(signal): Promise<Sandbox> {
      signal?.throwIfAborted()
      forgetDead()
      const sandbox = await take()
      if (signal?.aborted === true || closed) {
        await sandbox.kill()
        signal?.throwIfAborted()
        throw new DcpError('EPIPE', 'the sandbox host is closed')
      }
      addSpares()
      return sandbox
    },
    async close() {
      if (closed) return
      closed = true
      const last = connected ?? (await connecting?.catch(() => undefined))
      const pending = spares
      spares = []
      await Promise.allSettled([...sandboxes].map((sandbox) => sandbox.kill()))
      await Promise.allSettled(pending.map(async (spare) => (await spare).kill()))
      last?.control.close()
      await last?.process?.close()
    },
    async [Symbol.asyncDispose]() {
      await this.close()
    },
  }
}
