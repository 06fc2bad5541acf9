import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'

import { describe, expect, it } from 'vitest'

import { brokerLimits } from './limits.ts'
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

  it('count what a thread used that rested before', async () => {
    let time = 0
    const meter = createCpuMeter(process.pid, () => time)
    const go = new Int32Array(new SharedArrayBuffer(4))
    const program = `
      const { parentPort, workerData: go } = require('node:worker_threads')
      Atomics.wait(go, 0, 0)
      let sum = 0
      for (let count = 0; count < 1e8; count += 1) sum += count % 7
      parentPort.postMessage(sum)
      Atomics.wait(go, 0, 1)`
    const thread = new Worker(program, { eval: true, workerData: go })
    await once(thread, 'online')
    for (let reading = 0; reading < 3; reading += 1) {
      meter.read()
      time += brokerLimits.threadListMs
    }
    const before = process.cpuUsage()
    const atRest = meter.read() ?? Number.NaN
    Atomics.store(go, 0, 1)
    Atomics.notify(go, 0)
    await once(thread, 'message')
    const { system, user } = process.cpuUsage(before)
    time += brokerLimits.threadRestMs
    const after = meter.read() ?? Number.NaN
    meter.close()
    await thread.terminate()
    expect(after - atRest).toBeGreaterThan((system + user) / 2000)
    expect(after - atRest).toBeLessThan((system + user) / 1000 + 100)
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
