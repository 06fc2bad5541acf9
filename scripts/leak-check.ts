import { setTimeout as sleep } from 'node:timers/promises'

import { afterAll } from 'vitest'

// vitest kills a test process that still holds open handles and says nothing; this says it.
const watched = new Set(['TCPServerWrap', 'TCPSocketWrap', 'ProcessWrap', 'MessagePort'])
const graceMs = 1000

function openHandles(): string {
  return process
    .getActiveResourcesInfo()
    .filter((name) => watched.has(name))
    .toSorted()
    .join(' ')
}

const before = openHandles()

afterAll(async () => {
  const deadline = performance.now() + graceMs
  while (openHandles() !== before) {
    if (performance.now() > deadline) throw new Error(`left open by this file: ${openHandles()}`)
    await sleep(10)
  }
})
