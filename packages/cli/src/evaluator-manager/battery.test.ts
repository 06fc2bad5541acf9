import { afterAll, afterEach, describe, expect, it } from 'vitest'

import { makeFolder } from './_folder.ts'
import { createBatteryMonitor } from './battery.ts'

const folder = makeFolder()
afterEach(() => folder.remove('class'))
afterAll(() => folder.remove())

const supplies = 'class/power_supply'

function battery(name: string, status: string, capacity?: number): void {
  folder.write(`${supplies}/${name}/type`, 'Battery\n')
  folder.write(`${supplies}/${name}/status`, `${status}\n`)
  if (capacity !== undefined) folder.write(`${supplies}/${name}/capacity`, `${capacity}\n`)
}

function mains(online: 0 | 1): void {
  folder.write(`${supplies}/AC/type`, 'Mains\n')
  folder.write(`${supplies}/AC/online`, `${online}\n`)
}

function look(minCharge?: number): Promise<string | undefined> {
  const options = { sys: folder.path, ...(minCharge === undefined ? {} : { minCharge }) }
  return createBatteryMonitor(options).look()
}

describe('the battery', () => {
  it('is in use when the mains are gone', async () => {
    battery('BAT0', 'Charging', 80)
    mains(1)
    expect(await look()).toBeUndefined()
    battery('BAT0', 'Discharging', 79)
    mains(0)
    expect(await look()).toBe('BAT0 is in use, at 79 %')
  })

  it('is not in use while anything else feeds the machine', async () => {
    battery('BAT0', 'Discharging', 79)
    mains(1)
    expect(await look()).toBeUndefined()
  })

  it('may be used down to the charge that was given', async () => {
    battery('BAT0', 'Discharging', 90)
    battery('BAT1', 'Discharging', 40)
    expect(await look(40)).toBeUndefined()
    expect(await look(41)).toBe('BAT1 is in use, at 40 %')
    battery('BAT2', 'Discharging')
    folder.remove(`${supplies}/BAT0`)
    folder.remove(`${supplies}/BAT1`)
    expect(await look(10)).toBe('BAT2 is in use')
  })

  it('is not that of a mouse, and need not be there', async () => {
    expect(await look()).toBeUndefined()
    battery('hidpp_battery_0', 'Discharging', 5)
    folder.write(`${supplies}/hidpp_battery_0/scope`, 'Device\n')
    expect(await look()).toBeUndefined()
  })
})
