import { DcpError, seededRandom, silentLogger } from '@manyhands/protocol'
import { expect, it, vi } from 'vitest'

import { createOpener } from './opener.ts'

const refused = new DcpError('ETIMEDOUT', 'http://host.example/ cannot be reached')

/** A clock whose sleepers wake at once, at their time. */
function hastyClock() {
  let now = 0
  return {
    now: () => now,
    monotonic: () => now,
    sleep: async (ms: number) => void (now += ms),
    setTimer: () => () => undefined,
  }
}

it('tells once, and not at the first failure, why there is no connection', async () => {
  const clock = hastyClock()
  const warn = vi.fn<(message: string) => void>()
  const attempts: number[] = []
  const opener = createOpener({
    open: async () => {
      attempts.push(clock.monotonic())
      throw refused
    },
    clock,
    random: seededRandom('opener'),
    logger: { ...silentLogger, warn: (message) => warn(`${clock.monotonic()}: ${message}`) },
    stop: new AbortController().signal,
  })
  await expect(opener.open(60_000, 60_000)).rejects.toMatchObject({
    code: 'ETIMEDOUT',
    message: 'no connection to the server within 60 s: http://host.example/ cannot be reached',
    cause: refused,
  })
  const first = attempts.find((at) => at >= 3_000)
  const text = 'http://host.example/ cannot be reached; trying for 60 s'
  expect(warn.mock.calls).toEqual([[`${first}: ${text}`]])
  expect(attempts.filter((at) => at < 3_000).length).toBeGreaterThan(1)
})
