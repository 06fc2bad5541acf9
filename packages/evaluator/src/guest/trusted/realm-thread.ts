/** The thread in which the realm of the work function lives. Whatever breaks it ends the process. */
import realmSource from 'virtual:realm'

import type { RealmOrder, RealmReport } from '../messages.ts'
import { exit } from './deno.ts'

export interface RealmThread {
  /** Under which the realm's own code appears in stacks. */
  readonly url: string
  /** @throws DOMException when the order holds what structured clone refuses. */
  order(order: RealmOrder): void
}

export function startRealm(onReport: (report: RealmReport) => void): RealmThread {
  const url = URL.createObjectURL(new Blob([realmSource], { type: 'text/javascript' }))
  const realm = new Worker(url, { type: 'module' })
  realm.addEventListener('message', (event: MessageEvent<RealmReport>) => onReport(event.data))
  realm.addEventListener('messageerror', () => exit(3))
  realm.addEventListener('error', (event) => {
    event.preventDefault()
    exit(4)
  })
  return { url, order: (order) => realm.postMessage(order) }
}
