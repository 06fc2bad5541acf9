/** Whether the machine runs on its battery, by /sys/class/power_supply. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Monitor } from './monitor.ts'

export interface BatteryOptions {
  /** /sys, or what stands for it in tests. */
  readonly sys: string
  /** On battery, evaluators may run while it is charged to this percentage. */
  readonly minCharge?: number
}

/** A file of one word; undefined where the driver has none. */
async function readWord(folder: string, name: string): Promise<string | undefined> {
  try {
    return (await readFile(join(folder, name), 'utf8')).trim()
  } catch {
    // Drivers differ in what they tell, and supplies are unplugged.
    return undefined
  }
}

interface Supply {
  readonly name: string
  readonly type: string | undefined
  readonly online: string | undefined
  readonly status: string | undefined
  readonly charge: number
}

async function readSupply(folder: string, name: string): Promise<Supply | undefined> {
  const path = join(folder, name)
  // Batteries of mice and keyboards are supplies as well.
  if ((await readWord(path, 'scope')) === 'Device') return undefined
  return {
    name,
    type: await readWord(path, 'type'),
    online: await readWord(path, 'online'),
    status: await readWord(path, 'status'),
    charge: Number((await readWord(path, 'capacity')) ?? Number.NaN),
  }
}

async function readSupplies(sys: string): Promise<readonly Supply[]> {
  const folder = join(sys, 'class', 'power_supply')
  let names: readonly string[]
  try {
    names = await readdir(folder)
  } catch {
    // A machine without any, such as most servers.
    return []
  }
  const found = await Promise.all(names.map((name) => readSupply(folder, name)))
  return found.filter((supply) => supply !== undefined)
}

export function createBatteryMonitor({ minCharge, sys }: BatteryOptions): Monitor {
  return {
    name: 'battery',
    async look() {
      const supplies = await readSupplies(sys)
      // Any source that is online feeds the machine: some batteries are discharged all the same.
      if (supplies.some(({ online, type }) => type !== 'Battery' && online === '1'))
        return undefined
      const [drained] = supplies
        .filter(({ status, type }) => type === 'Battery' && status === 'Discharging')
        .toSorted((one, other) => one.charge - other.charge)
      if (drained === undefined) return undefined
      const { charge, name } = drained
      if (minCharge !== undefined && charge >= minCharge) return undefined
      return Number.isNaN(charge) ? `${name} is in use` : `${name} is in use, at ${charge} %`
    },
  }
}
