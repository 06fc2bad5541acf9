import { describe, expect, it } from 'vitest'

import { createRecentTexts } from './recent-texts.ts'

describe('recent texts', () => {
  it('are those that were added last and have room together', () => {
    const recent = createRecentTexts(10)
    recent.add('a', 'aaaa')
    recent.add('b', 'bbbb')
    recent.add('c', 'cc')
    expect(['a', 'b', 'c'].map(recent.get)).toEqual(['aaaa', 'bbbb', 'cc'])
    recent.add('d', 'd')
    expect(['a', 'b', 'c', 'd'].map(recent.get)).toEqual([undefined, 'bbbb', 'cc', 'd'])
  })

  it('are as young as they were added last', () => {
    const recent = createRecentTexts(10)
    recent.add('a', 'aaaa')
    recent.add('b', 'bbbb')
    recent.add('a', 'aaaa')
    recent.add('c', 'cccc')
    expect(['a', 'b', 'c'].map(recent.get)).toEqual(['aaaa', undefined, 'cccc'])
  })

  it('leave out what has no room by itself, and keep the others for it', () => {
    const recent = createRecentTexts(10)
    recent.add('a', 'aaaa')
    recent.add('b', 'b'.repeat(11))
    expect(['a', 'b'].map(recent.get)).toEqual(['aaaa', undefined])
  })
})
