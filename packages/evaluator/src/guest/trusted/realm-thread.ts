/** The thread in which the realm of the work function lives. Whatever breaks it ends the process. */
import realmSource from 'virtual:realm'

import type { RealmOrder, RealmReport } from '../messages.ts'
import { exit, programArguments } from './deno.ts'

export interface RealmThread {
  /** Under which the realm's own code appears in stacks. */
  readonly name: string
  /** @throws DOMException when the order holds what structured clone refuses. */
  order(order: RealmOrder): void
}

const name = 'manyhands:realm'

/** As evaluated text, for the reason that `build.js` gives for the whole guest. */
function realmUrl(): string {
  const program = `'use strict';(() => {${realmSource}\n})()\n//# sourceURL=${name}`
  const module = `(0, eval)(${JSON.stringify(program)})`
  return URL.createObjectURL(new Blob([module], { type: 'text/javascript' }))
}

export function startRealm(onReport: (report: RealmReport) => void): RealmThread {
  // Its name is all that a realm knows when it starts: here, what was granted to it.
  const granted = programArguments.filter((word) => word.startsWith('--')).join(' ')
  const realm = new Worker(realmUrl(), { type: 'module', name: granted })
  realm.addEventListener('message', (event: MessageEvent<RealmReport>) => onReport(event.data))
  realm.addEventListener('messageerror', () => exit(3))
  realm.addEventListener('error', (event) => {
    event.preventDefault()
    exit(4)
  })
  return { name, order: (order) => realm.postMessage(order) }
}
