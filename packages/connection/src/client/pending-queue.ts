/** Requests that wait for a session; what was asked for together stays together. */
import { DcpError } from '@manyhands/protocol'

import { limits } from '../limits.ts'
import type { PendingRequest } from './pending-request.ts'

export type PendingUnit = readonly PendingRequest[]

export interface PendingQueue {
  readonly size: number
  /** Throws EBUSY when `more` requests would be too many. */
  checkRoom(more: number): void
  add(unit: PendingUnit): void
  remove(request: PendingRequest): void
  takeAll(): readonly PendingUnit[]
}

export function createPendingQueue(): PendingQueue {
  let units: PendingUnit[] = []
  let size = 0
  return {
    get size() {
      return size
    },
    checkRoom(more) {
      if (size + more <= limits.pendingRequests) return
      throw new DcpError('EBUSY', 'too many requests wait for a session', {
        details: { limit: limits.pendingRequests },
      })
    },
    add(unit) {
      units.push(unit)
      size += unit.length
    },
    remove(request) {
      units = units
        .map((unit) => (unit.includes(request) ? unit.filter((other) => other !== request) : unit))
        .filter((unit) => unit.length > 0)
      size = units.reduce((sum, unit) => sum + unit.length, 0)
    },
    takeAll() {
      const all = units
      units = []
      size = 0
      return all
    },
  }
}
