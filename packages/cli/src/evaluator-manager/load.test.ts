import { seededRandom } from '@manyhands/protocol'
import { afterAll, describe, expect, it } from 'vitest'

import { makeFolder } from './_folder.ts'
import { createLoadMonitor, createLoadReader } from './load.ts'

const folder = makeFolder()
afterAll(() => folder.remove())
const random = seededRandom('load')

function reader(type: 'short' | 'medium' | 'long' | 'random', proc = folder.path) {
  return createLoadReader({ type, proc }, random)
}

describe('the load', () => {
  it('is the average that was asked for', async () => {
    folder.write('loadavg', '0.52 1.25 2.00 3/301 31638\n')
    expect(await reader('short').read()).toBe(0.52)
    expect(await reader('medium').read()).toBe(1.25)
    expect(await reader('long').read()).toBe(2)
  })

  it.runIf(process.platform === 'linux')('is read of this machine', async () => {
    expect(await reader('short', '/proc').read()).toBeGreaterThanOrEqual(0)
  })

  it('may be a random number instead', async () => {
    const { read } = reader('random')
    const loads = await Promise.all(Array.from({ length: 50 }, read))
    expect(new Set(loads).size).toBeGreaterThan(10)
    for (const load of loads) expect(load >= 0 && load < 1).toBe(true)
  })

  it('that cannot be read is an error, never zero', async () => {
    folder.write('loadavg', 'nonsense')
    await expect(reader('short').read()).rejects.toThrow('holds no load averages')
    folder.remove('loadavg')
    await expect(reader('short').read()).rejects.toThrow('ENOENT')
  })

  it('stops evaluators only above the load for that', async () => {
    const monitor = createLoadMonitor(reader('short'), 2)
    folder.write('loadavg', '2.00 0 0')
    expect(await monitor.look()).toBeUndefined()
    folder.write('loadavg', '2.01 0 0')
    expect(await monitor.look()).toBe('2.01 is more than 2')
  })
})
