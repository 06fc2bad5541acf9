import { describe, expect, it } from 'vitest'

import { createKillPolicy } from './kill-policy.ts'
import { defaultLimits, silentMs } from '../limits.ts'

const limits = { ...defaultLimits, noProgressMs: 1_000, sliceMs: 10_000 }

describe('the kill policy', () => {
  it('lets a slice live as long as it makes progress', () => {
    const policy = createKillPolicy(limits, 1, 0)
    for (let at = 900; at < 10_000; at += 900) {
      policy.heard(at)
      policy.progressed(1, at)
      expect(policy.verdict(at)).toBeUndefined()
    }
    expect(policy.verdict(10_000)).toMatchObject({ slice: 1, error: { code: 'ESLICETOOSLOW' } })
  })

  it('ends a slice without progress, naming it', () => {
    const policy = createKillPolicy(limits, 1, 0)
    policy.began(2, 500, 0)
    expect(policy.deadline()).toBe(1_500)
    expect(policy.verdict(1_499)).toBeUndefined()
    expect(policy.verdict(1_500)).toMatchObject({ slice: 2, error: { code: 'ENOPROGRESS' } })
  })

  it('takes progress only from the slice in progress', () => {
    const policy = createKillPolicy(limits, 1, 0)
    policy.progressed(2, 999)
    expect(policy.verdict(1_000)).toMatchObject({ slice: 1 })
  })

  it('lets no guest date a slice back before it was heard last', () => {
    const policy = createKillPolicy(limits, 1, 0)
    policy.heard(400)
    policy.began(2, 500, 100_000)
    expect(policy.deadline()).toBe(1_400)
  })

  it('knows how far the slice in progress is', () => {
    const policy = createKillPolicy(limits, 1, 0)
    policy.progressed(1, 100, 0.5)
    policy.began(2, 500, 0)
    expect(policy.progress(550)).toEqual({ ranMs: 50 })
    policy.progressed(2, 600, 0.25)
    policy.progressed(1, 650, 0.75)
    policy.progressed(2, 700)
    expect(policy.progress(1_200)).toEqual({
      ranMs: 700,
      last: { timestamp: 200 },
      lastUpdate: { timestamp: 100, progress: 0.25 },
    })
  })

  it('takes a silent sandbox for dead', () => {
    const policy = createKillPolicy({ ...limits, noProgressMs: 1e9, sliceMs: 1e9 }, 7, 0)
    policy.heard(10)
    expect(policy.verdict(10 + silentMs - 1)).toBeUndefined()
    expect(policy.verdict(10 + silentMs)).toMatchObject({ slice: 7, error: { code: 'ESANDBOX' } })
  })
})
