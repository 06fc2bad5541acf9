import { createManualClock } from '@manyhands/protocol'
import { describe, expect, it } from 'vitest'

import { createScheduleMonitor, parseWindow } from './schedule.ts'

/** The fifth of January 2026 is a Monday. */
function at(day: number, hours: number, minutes = 0): number {
  return new Date(2026, 0, 4 + day, hours, minutes).getTime()
}

async function runs(windows: readonly string[], time: number): Promise<boolean> {
  const monitor = createScheduleMonitor(windows.map(parseWindow), createManualClock(time))
  return (await monitor.look()) === undefined
}

const mon = 1
const tue = 2
const fri = 5
const sat = 6
const sun = 7

describe('a schedule', () => {
  it('opens at its start and closes at its end', async () => {
    for (const [time, open] of [
      [at(mon, 8, 59), false],
      [at(mon, 9, 0), true],
      [at(tue, 16, 59), true],
      [at(mon, 17, 0), false],
      [at(sat, 12), false],
    ] as const) {
      expect(await runs(['mon-fri 9:00-17:00'], time)).toBe(open)
    }
  })

  it('goes on after midnight, into a day it does not begin on', async () => {
    for (const [time, open] of [
      [at(fri, 23), true],
      [at(sat, 7, 59), true],
      [at(sat, 8), false],
      [at(sat, 23), false],
      [at(mon, 3), false],
    ] as const) {
      expect(await runs(['mon-fri 18:00-08:00'], time)).toBe(open)
    }
  })

  it('needs no days or no hours, and may have several windows', async () => {
    expect(await runs(['22:00-24:00'], at(sun, 23, 59))).toBe(true)
    expect(await runs(['22:00-24:00'], at(sun, 0))).toBe(false)
    expect(await runs(['sat,sun'], at(sun, 12))).toBe(true)
    expect(await runs(['SAT-mon'], at(mon, 12))).toBe(true)
    expect(await runs(['SAT-mon'], at(tue, 12))).toBe(false)
    expect(await runs(['sat', 'tue 1:00-2:00'], at(tue, 1, 30))).toBe(true)
    expect(await runs(['0:00-0:00'], at(tue, 1, 30))).toBe(true)
  })

  it.each([
    '',
    'someday',
    'mon-tue-wed',
    '9:00',
    '9:00-25:00',
    '9:60-10:00',
    '24:01-3:00',
    'mon 9:00-10:00 tue',
    'mon tue',
    '9:00-10:00-11:00',
  ])('is not %j', (text) => {
    expect(() => parseWindow(text)).toThrow(/no day|no range|no time|not of the form/)
  })
})
