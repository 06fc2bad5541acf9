import { utimesSync } from 'node:fs'
import { join } from 'node:path'

import { createManualClock } from '@manyhands/protocol'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'

import { makeFolder } from './_folder.ts'
import { createSessionMonitor } from './session.ts'

const folder = makeFolder()
afterAll(() => folder.remove())

const noon = Date.UTC(2026, 0, 5, 12)
const clock = createManualClock(noon)
const monitor = createSessionMonitor({ pts: folder.path, idleSeconds: 30 }, clock)

/** A terminal at which was typed, and to which was written, so many seconds ago. */
function terminal(name: string, typed: number, written = typed): void {
  utimesSync(folder.write(name, ''), noon / 1_000 - typed, noon / 1_000 - written)
}

describe('terminals', () => {
  beforeEach(() => {
    for (const name of ['0', '1', 'ptmx']) folder.remove(name)
  })

  it('are in use until nobody has typed for the time given', async () => {
    terminal('0', 3_600)
    terminal('1', 29)
    expect(await monitor.look()).toBe(`${join(folder.path, '1')} is in use`)
    terminal('1', 31)
    expect(await monitor.look()).toBeUndefined()
  })

  it('are not in use because something is printed there', async () => {
    terminal('0', 3_600, 0)
    expect(await monitor.look()).toBeUndefined()
  })

  it('are neither the multiplexer nor none at all', async () => {
    expect(await monitor.look()).toBeUndefined()
    terminal('ptmx', 0)
    expect(await monitor.look()).toBeUndefined()
  })

  it('that cannot be listed are an error', async () => {
    const missing = createSessionMonitor({ pts: join(folder.path, 'x'), idleSeconds: 1 }, clock)
    await expect(missing.look()).rejects.toThrow('ENOENT')
  })
})
