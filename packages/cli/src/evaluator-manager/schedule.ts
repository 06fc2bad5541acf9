/** The hours at which evaluators may run, as `[DAYS] [HH:MM-HH:MM]` in local time. */
import type { Clock } from '@manyhands/protocol'

import type { Monitor } from './monitor.ts'

const dayNames = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'] as const
const minutesOfDay = 24 * 60

export interface TimeWindow {
  /** Days on which it begins, 0 for Sunday. */
  readonly days: ReadonlySet<number>
  /** Minutes since midnight; the end is not part of it. An end not after the start is of the next day. */
  readonly start: number
  readonly end: number
}

function parseDay(text: string): number {
  const day = dayNames.findIndex((name) => name === text.toLowerCase())
  if (day < 0) throw new Error(`${text} is no day: ${dayNames.join(', ')}`)
  return day
}

/** `mon-fri`, `sat,sun`, `fri-mon`. */
function parseDays(text: string): ReadonlySet<number> {
  const days = new Set<number>()
  for (const part of text.split(',')) {
    const [first = '', last = first, ...more] = part.split('-')
    if (more.length > 0) throw new Error(`${part} is no range of days`)
    const end = parseDay(last)
    for (let day = parseDay(first); ; day = (day + 1) % 7) {
      days.add(day)
      if (day === end) break
    }
  }
  return days
}

function parseTime(text: string): number {
  const [, hours, minutes] = /^([01]?\d|2[0-4]):([0-5]\d)$/.exec(text) ?? []
  const time = Number(hours) * 60 + Number(minutes)
  if (Number.isNaN(time) || time > minutesOfDay) throw new Error(`${text} is no time of day`)
  return time
}

/** @throws Error when it is no window of time. */
export function parseWindow(text: string): TimeWindow {
  const parts = text.trim().split(/\s+/)
  const hours = parts.find((part) => part.includes(':'))
  const days = parts.find((part) => part !== hours)
  if (text.trim() === '' || parts.length > (hours === undefined ? 1 : 2)) {
    throw new Error(`${text} is not of the form "mon-fri 18:00-08:00"`)
  }
  const [start = '', end, ...more] = (hours ?? '00:00-24:00').split('-')
  if (end === undefined || more.length > 0) throw new Error(`${String(hours)} is no range of time`)
  return { days: parseDays(days ?? 'sun-sat'), start: parseTime(start), end: parseTime(end) }
}

function isOpen({ days, end, start }: TimeWindow, date: Date): boolean {
  const today = date.getDay()
  const minute = date.getHours() * 60 + date.getMinutes()
  if (start < end) return days.has(today) && minute >= start && minute < end
  // It began today and goes on past midnight, or began yesterday.
  if (days.has(today) && minute >= start) return true
  return days.has((today + 6) % 7) && minute < end
}

export function createScheduleMonitor(windows: readonly TimeWindow[], clock: Clock): Monitor {
  return {
    name: 'schedule',
    async look() {
      const date = new Date(clock.now())
      return windows.some((one) => isOpen(one, date)) ? undefined : 'this is not the time'
    },
  }
}
