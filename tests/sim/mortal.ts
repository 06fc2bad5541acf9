// What a simulated process is given instead of the world's clock and database: when it is killed,
// its timers never fire again, its writes never happen, and nothing it waits for ever comes.
import type { Clock } from '@manyhands/protocol'
import type { Writer } from '@manyhands/service'

export interface Life {
  readonly clock: Clock
  readonly alive: boolean
  kill(): void
}

const never = <T>(): Promise<T> => new Promise<T>(() => undefined)

export function createLife(world: Clock): Life {
  let alive = true
  const cancels = new Set<() => void>()
  const clock: Clock = {
    now: () => world.now(),
    monotonic: () => world.monotonic(),
    setTimer(delayMs, callback) {
      if (!alive) return () => undefined
      const cancel = world.setTimer(delayMs, () => {
        cancels.delete(cancel)
        callback()
      })
      cancels.add(cancel)
      return () => {
        cancels.delete(cancel)
        cancel()
      }
    },
    async sleep(delayMs, signal) {
      if (!alive) return never()
      await world.sleep(delayMs, signal)
      if (!alive) await never()
    },
  }
  return {
    clock,
    get alive() {
      return alive
    },
    kill() {
      alive = false
      for (const cancel of cancels) cancel()
      cancels.clear()
    },
  }
}

/** When, in the course of one write, the process that makes it dies. */
export type WriteFate = 'lives' | 'dies before' | 'dies after'

/**
 * A writer that dies with its process. `fate` is asked at each write; after `dies before` nothing was
 * committed, after `dies after` everything was, and in neither case does anybody hear of it.
 */
export function mortalWriter(
  inner: Writer,
  options: { readonly life: Life; readonly fate: () => WriteFate; readonly die: () => void },
): Writer {
  const { life, fate, die } = options
  return {
    async write(work) {
      if (!life.alive) return never()
      const end = fate()
      if (end === 'dies before') {
        die()
        return never()
      }
      const value = await inner.write((tx) => {
        if (!life.alive) throw new Error('the process is dead')
        return work(tx)
      })
      if (end === 'dies after' && life.alive) die()
      return life.alive ? value : never()
    },
    read: (work) => inner.read(work),
    failure: () => inner.failure(),
    close: () => inner.close(),
    [Symbol.asyncDispose]: () => inner.close(),
  }
}
