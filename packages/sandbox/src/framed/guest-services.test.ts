import { createManualClock, DcpError } from '@manyhands/protocol'
import { describe, expect, it } from 'vitest'

import { createGuestServices } from './guest-services.ts'
import { fetchesInFlightMax, moduleLoadMs, moduleSourcesLengthMax } from '../limits.ts'
import type { GuestResponse, WorkAssignment } from '../sandbox.ts'

const request = { url: 'http://a/', method: 'GET', headers: [], body: undefined } as const
const response: GuestResponse = {
  url: 'http://a/',
  redirected: false,
  status: 200,
  statusText: '',
  headers: [],
  body: new Uint8Array(0),
}

function workWith(services: Partial<WorkAssignment>): WorkAssignment {
  return {
    workFunction: '',
    arguments: [],
    useStrict: false,
    worktime: { name: '', version: '' },
    public: { name: '', description: '', link: '' },
    ...services,
  }
}

describe('what a sandbox may ask for', () => {
  it('is answered with codes and messages, never with what went wrong here', async () => {
    const services = createGuestServices(createManualClock())
    const broken = workWith({
      loadModules: () => Promise.reject(new TypeError('/home/secret')),
      fetch: () => Promise.reject(new TypeError('/home/secret')),
    })
    const told = JSON.stringify([
      await services.modules(broken, ['a']),
      await services.fetch(broken, { ...request, redirect: 'follow' }),
      await services.modules(undefined, ['a']),
      await services.fetch(undefined, { ...request, redirect: 'follow' }),
    ])
    expect(told).not.toContain('secret')
    expect(told.match(/"code":"[A-Z_]+"/g)).toEqual([
      '"code":"ENOMODULE"',
      '"code":"EFETCH"',
      '"code":"ENOMODULE"',
      '"code":"EPERM_ORIGIN"',
    ])
  })

  it('ends when modules take too long or grow too many', async () => {
    const clock = createManualClock()
    const services = createGuestServices(clock)
    const slow = workWith({
      loadModules: (_ids, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as Error))
        }),
    })
    const late = services.modules(slow, ['a'])
    clock.advance(moduleLoadMs)
    expect(await late).toMatchObject({ error: { code: 'ENOMODULE' } })
    const half = 'x'.repeat(moduleSourcesLengthMax / 2)
    const big = workWith({ loadModules: async (ids) => new Map([[ids[0] ?? '', half]]) })
    expect(await services.modules(big, ['a'])).toHaveProperty('sources')
    expect(await services.modules(big, ['b'])).toMatchObject({ error: { code: 'EMODULETOOBIG' } })
  })

  it('is bounded in fetches at the same time', async () => {
    const services = createGuestServices(createManualClock())
    const waiting: (() => void)[] = []
    const work = workWith({
      fetch: () => new Promise((resolve) => waiting.push(() => resolve(response))),
    })
    const fetch = () => services.fetch(work, { ...request, redirect: 'follow' })
    const all = Array.from({ length: fetchesInFlightMax }, fetch)
    expect(await fetch()).toMatchObject({ error: { code: 'EFETCH' } })
    for (const respond of waiting) respond()
    expect((await Promise.all(all)).every((one) => 'response' in one)).toBe(true)
  })

  it('ends with the sandbox', async () => {
    const services = createGuestServices(createManualClock())
    const work = workWith({
      fetch: (_request, signal) =>
        new Promise((_resolve, reject) => {
          signal.addEventListener('abort', () => reject(signal.reason as DcpError))
        }),
    })
    const fetched = services.fetch(work, { ...request, redirect: 'follow' })
    services.close()
    expect(await fetched).toMatchObject({ error: { code: 'EPIPE' } })
  })
})
