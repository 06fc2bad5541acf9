/** Asks for module sources and hands the answers to those who wait for them. */
import type { ModulesOrder, RealmReport } from '../messages.ts'

interface Pending {
  readonly resolve: (sources: ReadonlyMap<string, string>) => void
  readonly reject: (reason: unknown) => void
}

export interface ModuleRequests {
  readonly ask: (ids: readonly string[]) => Promise<ReadonlyMap<string, string>>
  readonly settle: (order: ModulesOrder) => void
}

export function createModuleRequests(post: (report: RealmReport) => void): ModuleRequests {
  const pending = new Map<number, Pending>()
  let count = 0
  return {
    ask: (ids) =>
      new Promise((resolve, reject) => {
        const id = (count += 1)
        pending.set(id, { resolve, reject })
        post(['dependency', id, ids])
      }),
    settle(order) {
      const waiting = pending.get(order.id)
      pending.delete(order.id)
      if (waiting === undefined) return
      if ('sources' in order) waiting.resolve(order.sources)
      else {
        const { code, message } = order.error
        waiting.reject(Object.assign(new Error(message), { code: code ?? 'ENOMODULE' }))
      }
    },
  }
}
