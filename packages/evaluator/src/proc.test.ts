import { spawn } from 'node:child_process'
import { once } from 'node:events'

import { describe, expect, it } from 'vitest'

import { createCpuMeter, readMemoryBytes } from './proc.ts'

describe.runIf(process.platform === 'linux')('the meters of a process', () => {
  it('count the processor time of this one upwards', () => {
    const meter = createCpuMeter(process.pid)
    const before = meter.read() ?? Number.NaN
    let sum = 0
    for (let count = 0; count < 5e6; count += 1) sum += count % 7
    const after = meter.read() ?? Number.NaN
    meter.close()
    expect(sum).toBeGreaterThan(0)
    expect(after).toBeGreaterThan(before)
    const { system, user } = process.cpuUsage()
    expect(after).toBeLessThan((system + user) / 1000 + 100)
  })

  it('read nothing of a process that has ended', async () => {
    const program = 'console.log("up"); setInterval(() => {}, 1000)'
    const child = spawn(process.execPath, ['-e', program])
    await once(child.stdout, 'data')
    const pid = child.pid ?? 0
    const meter = createCpuMeter(pid)
    expect(meter.read()).toBeGreaterThan(0)
    expect(readMemoryBytes(pid)).toBeGreaterThan(0)
    child.kill('SIGKILL')
    await once(child, 'close')
    expect(meter.read()).toBeUndefined()
    expect(readMemoryBytes(pid)).toBeUndefined()
    meter.close()
  })
})
