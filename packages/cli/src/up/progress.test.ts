import { describe, expect, it } from 'vitest'

import { createProgress, formatDuration } from './progress.ts'

function screenOf(isTTY: boolean): { lines: string[]; isTTY: boolean; write(text: string): void } {
  const lines: string[] = []
  return { lines, isTTY, write: (text) => void lines.push(text) }
}

describe('progress', () => {
  it('draws a bar with rate and time left on a terminal', () => {
    const screen = screenOf(true)
    let now = 0
    const progress = createProgress(screen, () => now)
    progress.update(0, 200)
    now = 2000
    progress.update(50, 200)
    expect(screen.lines.at(-1)).toContain('50 of 200 slices, 25 slices/s, 6s left')
    expect(screen.lines.at(-1)).toMatch(/^\r\[█+░+\] /)
  })

  it('takes a terminal that knows no size for one of 80 columns', () => {
    const screen = { ...screenOf(true), columns: 0 }
    createProgress(screen, () => 0).update(5, 10)
    expect(screen.lines.at(-1)?.match(/[█░]/g)).toHaveLength(40)
  })

  it('goes by the pace of the last seconds, not by what a former start had done', () => {
    const screen = screenOf(true)
    let now = 0
    const progress = createProgress(screen, () => now)
    progress.update(500, 1000)
    for (let done = 501; done <= 600; done++) {
      now += 500
      progress.update(done, 1000)
    }
    expect(screen.lines.at(-1)).toContain('2.0 slices/s, 3m 20s left')
  })

  it('draws at most ten times a second, but always the end', () => {
    const screen = screenOf(true)
    let now = 1
    const progress = createProgress(screen, () => now)
    for (let done = 1; done <= 99; done++) {
      now += 1
      progress.update(done, 100)
    }
    expect(screen.lines.length).toBe(1)
    progress.update(100, 100)
    expect(screen.lines.at(-1)).toContain('100 of 100 slices')
  })

  it('writes a plain line each tenth of the way otherwise', () => {
    const screen = screenOf(false)
    let now = 0
    const progress = createProgress(screen, () => now)
    for (let done = 1; done <= 1000; done++) {
      now += 10
      progress.update(done, 1000)
    }
    progress.finish()
    expect(screen.lines.length).toBe(11)
    expect(screen.lines.every((line) => line.endsWith('\n') && !line.includes('\r'))).toBe(true)
  })

  it('says durations in the two largest units', () => {
    expect([900, 61_000, 3_720_000].map(formatDuration)).toEqual(['1s', '1m 01s', '1h 02m'])
  })
})
