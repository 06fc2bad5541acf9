import { isDcpError, silentLogger } from '@manyhands/protocol'
import { describe, expect, it } from 'vitest'

import { assertJail, defaultJail, isLoopback } from './jail.ts'

const missing = ['bubblewrap: not installed. apt-get install -y bubblewrap']
const bare = { capabilities: 0, worktimes: [], jail: 'none', missing }
const jailed = { ...bare, jail: 'bubblewrap' }
const remote = new URL('http://scheduler.example:4280/')
const local = new URL('http://127.0.0.1:4280/')

describe('loopback', () => {
  it.each([
    'http://127.0.0.1:1/',
    'http://127.8.9.1/',
    'http://localhost/',
    'http://a.localhost/',
    'http://[::1]:4280/',
    'memory:testnet',
  ])('%s is this machine', (location) => {
    expect(isLoopback(new URL(location))).toBe(true)
  })

  it.each([
    'http://10.0.0.1/',
    'https://localhost.example/',
    'http://[fe80::1]/',
    'http://127.0.0.1.example/',
  ])('%s is another machine', (location) => {
    expect(isLoopback(new URL(location))).toBe(false)
  })
})

describe('the jail', () => {
  it('is required exactly when the scheduler is on another host', () => {
    expect([defaultJail(remote), defaultJail(local)]).toEqual(['required', 'auto'])
  })

  it('refuses to start without one, saying what is missing', () => {
    let refusal: unknown
    try {
      assertJail(bare, 'required', remote, silentLogger)
    } catch (error) {
      refusal = error
    }
    expect(isDcpError(refusal, 'ENOJAIL')).toBe(true)
    expect((refusal as Error).message).toMatch(/bubblewrap.*seccomp/)
    expect((refusal as Error).message).toContain('apt-get install -y bubblewrap')
  })

  it.each(['auto', 'none'] as const)('is not insisted on with %s', (policy) => {
    expect(() => assertJail(bare, policy, remote, silentLogger)).not.toThrow()
  })

  it('is enough when it is there', () => {
    expect(() => assertJail(jailed, 'required', remote, silentLogger)).not.toThrow()
  })
})
