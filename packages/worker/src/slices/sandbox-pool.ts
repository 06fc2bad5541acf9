/**
 * The warm sandboxes of a worker. One is reused for the slices of the same binding (owner, work
 * function, modules, worktime) and for nothing else: another binding gets a fresh process.
 */
import type { Sandbox, SandboxHost } from '@manyhands/sandbox'
import type { Logger } from '@manyhands/protocol'

import type { HeldJob } from '../tasks/job.ts'

interface Warm {
  readonly sandbox: Sandbox
  binding: string | undefined
  loaded: string | undefined
}

export interface SandboxPool {
  /**
   * A sandbox in which the job's work function is loaded, for the caller alone.
   * @throws DcpError `EUNCAUGHT` when the work function cannot be loaded, else what the host said.
   */
  acquire(job: HeldJob): Promise<Sandbox>
  /** Gives it back for other batches. */
  release(sandbox: Sandbox): void
  /** Takes it out for good and kills it. */
  discard(sandbox: Sandbox): void
  /** Starts sandboxes ahead of the first task; failures are only logged. */
  warm(): void
  /** Kills those in use, so that their batches end. */
  killBusy(): void
  close(): Promise<void>
}

export function createSandboxPool(
  host: SandboxHost,
  max: number,
  deps: { readonly logger: Logger; readonly signal: AbortSignal },
): SandboxPool {
  const { logger, signal } = deps
  const idle: Warm[] = []
  const busy = new Map<Sandbox, Warm>()
  let starting = 0
  let closed = false
  const kills = new Set<Promise<void>>()

  function kill(sandbox: Sandbox): void {
    const killed = sandbox
      .kill()
      .catch((error: unknown) => logger.warn('a sandbox could not be killed', { error }))
      .finally(() => kills.delete(killed))
    kills.add(killed)
  }

  function takeIdle(fits: (warm: Warm) => boolean): Warm | undefined {
    const index = idle.findLastIndex(fits)
    return index < 0 ? undefined : idle.splice(index, 1)[0]
  }

  async function fresh(): Promise<Warm> {
    if (idle.length + busy.size + starting >= max) {
      // The longest unused one makes room for another binding.
      const oldest = idle.shift()
      if (oldest !== undefined) kill(oldest.sandbox)
    }
    starting++
    try {
      const sandbox = await host.create(signal)
      return { sandbox, binding: undefined, loaded: undefined }
    } finally {
      starting--
    }
  }

  return {
    async acquire(job) {
      const warm =
        takeIdle((one) => one.binding === job.binding && one.loaded === job.loaded) ??
        takeIdle((one) => one.binding === job.binding) ??
        takeIdle((one) => one.binding === undefined) ??
        (await fresh())
      busy.set(warm.sandbox, warm)
      if (warm.binding === job.binding && warm.loaded === job.loaded) return warm.sandbox
      try {
        await warm.sandbox.assign(job.work)
      } catch (error) {
        busy.delete(warm.sandbox)
        kill(warm.sandbox)
        throw error
      }
      warm.binding = job.binding
      warm.loaded = job.loaded
      return warm.sandbox
    },
    release(sandbox) {
      const warm = busy.get(sandbox)
      if (warm === undefined) return
      busy.delete(sandbox)
      if (closed) kill(sandbox)
      else idle.push(warm)
    },
    discard(sandbox) {
      busy.delete(sandbox)
      kill(sandbox)
    },
    warm() {
      for (let count = idle.length + busy.size + starting; count < max; count++) {
        fresh().then(
          (warm) => {
            if (closed) kill(warm.sandbox)
            else idle.push(warm)
          },
          (error: unknown) => {
            if (!closed) logger.warn('a sandbox could not be started ahead', { error })
          },
        )
      }
    },
    killBusy() {
      for (const sandbox of busy.keys()) kill(sandbox)
    },
    async close() {
      closed = true
      for (const { sandbox } of idle.splice(0)) kill(sandbox)
      for (const sandbox of busy.keys()) kill(sandbox)
      await Promise.all(kills)
    },
  }
}
