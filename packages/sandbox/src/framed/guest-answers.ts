/** Answers what a work function asks for while it is loaded or runs: modules, and what it fetches. */
import type { Assigning } from './assigning.ts'
import { joinHeadAndBytes, orderTypes } from './frames.ts'
import type { GuestServices } from './guest-services.ts'
import { parseDependency, parseFetch } from './reports.ts'
import type { WorkAssignment } from '../sandbox.ts'

export interface GuestAnswersDeps {
  readonly services: GuestServices
  /** The work for which it is asked. */
  readonly work: () => WorkAssignment | undefined
  /** Time that loading takes stands still while modules are waited for. */
  readonly assigning: () => Assigning | undefined
  readonly isDead: () => boolean
  /** Sends an answer; `asked` is the request that it answers. */
  readonly answer: (type: number, payload: Uint8Array, asked: Uint8Array) => void
}

export interface GuestAnswers {
  /** Rejects when the request makes no sense. */
  dependency(payload: Uint8Array): Promise<void>
  fetch(payload: Uint8Array): Promise<void>
}

const encoder = new TextEncoder()

export function createGuestAnswers(deps: GuestAnswersDeps): GuestAnswers {
  const { answer, assigning, isDead, services, work } = deps
  return {
    async dependency(payload) {
      const { id, modules } = parseDependency(payload)
      const waiting = assigning()
      waiting?.pause()
      const found = await services.modules(work(), modules)
      if (isDead()) return
      answer(orderTypes.modules, encoder.encode(JSON.stringify({ id, ...found })), payload)
      waiting?.resume()
    },
    async fetch(payload) {
      const { id, request } = parseFetch(payload)
      const fetched = await services.fetch(work(), request)
      if (isDead()) return
      if ('error' in fetched) {
        const head = JSON.stringify({ id, error: fetched.error })
        answer(orderTypes.fetched, joinHeadAndBytes(head, new Uint8Array(0)), payload)
        return
      }
      const { body, ...response } = fetched.response
      const head = JSON.stringify({ id, response })
      answer(orderTypes.fetched, joinHeadAndBytes(head, body), payload)
    },
  }
}
