import { silentLogger } from '@manyhands/protocol'
import { expect, it } from 'vitest'

import { createManualClock } from './_manual-clock.ts'
import { createFramedSandbox } from './framed-sandbox.ts'
import { encodeFrames, orderTypes, reportTypes } from './frames.ts'
import { assignMs, defaultLimits, interpreterMs } from './limits.ts'
import type { SliceError, WorkAssignment } from './sandbox.ts'
import type { WorktimeKit } from './worktime-kit.ts'

const python: WorkAssignment = {
  workFunction: 'import dcp',
  arguments: ['1'],
  useStrict: false,
  worktime: { name: 'pyodide', version: '^0.28.0' },
  public: { name: '', description: '', link: '' },
}

const kit: WorktimeKit = {
  worktime: { name: 'pyodide', version: '0.28.0' },
  files: async () => new Map([['a', Uint8Array.of(1)]]),
}

/** A sandbox with the kit, whose process is played by the test; `orders` are what it was sent. */
function createStage() {
  const clock = createManualClock()
  const orders: number[] = []
  let exit: (error: SliceError) => void = () => undefined
  const ended = new Promise<SliceError>((resolve) => {
    exit = resolve
  })
  const sandbox = createFramedSandbox(
    's1',
    {
      ended,
      send: (bytes) => orders.push(bytes[4] ?? 0),
      cpuMs: async () => 0,
      kill: async () => exit({ name: 'Error', message: 'killed' }),
    },
    { clock, logger: silentLogger, limits: defaultLimits, warned: new WeakSet(), kits: [kit] },
  )
  const say = (name: 'ready' | 'assigned'): void => {
    const payload = new TextEncoder().encode('{}')
    for (const frame of encodeFrames(reportTypes[name], 0, payload)) sandbox.receive(frame)
  }
  say('ready')
  return { clock, orders, sandbox, say }
}

it('sends what a worktime is made of once, before the first work function that needs it', async () => {
  const { orders, sandbox, say } = createStage()
  for (const expected of [
    [orderTypes.worktime, orderTypes.assign],
    [orderTypes.worktime, orderTypes.assign, orderTypes.assign],
  ]) {
    const loaded = sandbox.assign(python)
    await expect.poll(() => orders).toEqual(expected)
    say('assigned')
    await loaded
  }
  await expect(sandbox.assign({ ...python, arguments: ['2'] })).rejects.toMatchObject({
    code: 'ENOTSUPPORTED',
  })
  await sandbox.kill()
})

it('gives an interpreter more time to start than a work function to load', async () => {
  const { clock, orders, sandbox } = createStage()
  const refused = sandbox.assign(python).catch((error: unknown) => error)
  await expect.poll(() => orders).toHaveLength(2)
  clock.advance(assignMs)
  expect(sandbox.dead).toBe(false)
  clock.advance(interpreterMs - assignMs)
  expect(sandbox.dead).toBe(true)
  expect(await refused).toMatchObject({ code: 'ESANDBOX' })
})
