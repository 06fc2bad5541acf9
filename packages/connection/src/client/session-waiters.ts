/** Those who wait for a session to begin. */
export interface SessionWaiters {
  readonly size: number
  /** Resolves with the id of the next session; rejects with the signal's reason when it is aborted. */
  wait(signal?: AbortSignal): Promise<string>
  resolve(dcpsid: string): void
  reject(reason: Error): void
}

export function createSessionWaiters(): SessionWaiters {
  const waiters = new Set<{ resolve(dcpsid: string): void; reject(reason: Error): void }>()
  return {
    get size() {
      return waiters.size
    },
    wait: async (signal) =>
      await new Promise<string>((resolve, reject) => {
        signal?.throwIfAborted()
        const end = (): void => {
          waiters.delete(waiter)
          signal?.removeEventListener('abort', onAbort)
        }
        const onAbort = (): void => {
          end()
          reject(signal?.reason as Error)
        }
        const waiter = {
          resolve(dcpsid: string) {
            end()
            resolve(dcpsid)
          },
          reject(reason: Error) {
            end()
            reject(reason)
          },
        }
        waiters.add(waiter)
        signal?.addEventListener('abort', onAbort)
      }),
    resolve(dcpsid) {
      for (const waiter of waiters) waiter.resolve(dcpsid)
    },
    reject(reason) {
      for (const waiter of waiters) waiter.reject(reason)
    },
  }
}
