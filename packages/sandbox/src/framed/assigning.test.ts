import { expect, it } from 'vitest'

import { playSandbox } from './_played-sandbox.ts'
import { orderTypes } from './frames.ts'
import { assignMs, interpreterMs } from '../limits.ts'
import type { WorkAssignment } from '../sandbox.ts'
import type { WorktimeKit } from '../worktime-kit.ts'

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

it('sends what a worktime is made of once, before the first work function that needs it', async () => {
  const { orders, sandbox, say } = playSandbox({ kits: [kit] })
  for (const expected of [
    [orderTypes.worktime, orderTypes.assign],
    [orderTypes.worktime, orderTypes.assign, orderTypes.assign],
  ]) {
    const loaded = sandbox.assign(python)
    await expect.poll(() => orders).toEqual(expected)
    say('assigned', 0, {})
    await loaded
  }
  await expect(sandbox.assign({ ...python, arguments: ['2'] })).rejects.toMatchObject({
    code: 'ENOTSUPPORTED',
  })
  await sandbox.kill()
})

it('gives an interpreter more time to start than a work function to load', async () => {
  const { clock, orders, sandbox } = playSandbox({ kits: [kit] })
  const refused = sandbox.assign(python).catch((error: unknown) => error)
  await expect.poll(() => orders).toHaveLength(2)
  clock.advance(assignMs)
  expect(sandbox.dead).toBe(false)
  clock.advance(interpreterMs - assignMs)
  expect(sandbox.dead).toBe(true)
  expect(await refused).toMatchObject({ code: 'ESANDBOX' })
})
