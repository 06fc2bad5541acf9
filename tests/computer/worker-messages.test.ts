// What a worker's process does on messages that the owner of the computer sends to all workers.
import { access, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type Connection, createConnection } from '@manyhands/connection'
import { connectLocation } from '@manyhands/connection/node'
import { silentLogger, systemClock, systemRandom } from '@manyhands/protocol'
import { loadCrypto, readKeystoreFile } from '@manyhands/wallet/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { type RunningCommand, startCommand } from '../cli/_command.ts'
import { type Running, startManyhands } from './_manyhands.ts'

let directory: string
let computer: Running
let owner: Connection

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'manyhands-test-'))
  computer = await startManyhands('scheduler', '--port=0', `--data=${join(directory, 'computer')}`)
  const deps = { clock: systemClock, random: systemRandom, logger: silentLogger }
  const crypto = await loadCrypto()
  const keystore = await readKeystoreFile(computer.keystores.id, { crypto })
  const open = connectLocation(new URL('dcp/', computer.url))
  owner = createConnection({ identity: await keystore.unlock('') }, { open, crypto, ...deps })
})

afterAll(async () => {
  await owner.close()
  await computer.end()
  await rm(directory, { recursive: true })
})

/** How many workers heard it. */
async function tell(command: string, payload: object = {}): Promise<number> {
  const data = { target: owner.identity, broadcast: true, command, payload }
  const reply = await owner.request('eventRouter.sendSchedMsg', data)
  return (reply as { readonly workers: number }).workers
}

function startWorker(data: string): RunningCommand {
  const flags = [`--data=${join(directory, data)}`, '--sandboxes=1', '--jail=none']
  return startCommand('manyhands', 'worker', `--scheduler=${computer.url}`, ...flags)
}

/** Tells it again until a worker has heard it. */
async function tellSoon(command: string, payload?: object): Promise<void> {
  await expect.poll(() => tell(command, payload), { timeout: 20_000, interval: 100 }).toBe(1)
}

describe('a worker that is told', { timeout: 60_000 }, () => {
  it('something shows it, then leaves for now when it is told to', async () => {
    const worker = startWorker('temporary')
    await tellSoon('announce', { message: 'tea is ready' })
    await tellSoon('kill', { temporary: true })
    expect(await worker.ended).toBe(130)
    expect(worker.complaints()).toContain('tea is ready')
    await expect(access(join(directory, 'temporary/worker.disabled'))).rejects.toThrow('ENOENT')
  })

  it('to leave for good does not start again until a person allows it', async () => {
    const worker = startWorker('disabled')
    await tellSoon('kill')
    expect(await worker.ended).toBe(130)
    const mark = join(directory, 'disabled/worker.disabled')
    const refused = startWorker('disabled')
    expect(await refused.ended).toBe(130)
    expect(refused.complaints()).toContain(`delete ${mark}`)
    await rm(mark)
    const allowed = startWorker('disabled')
    await tellSoon('reload')
    expect(await allowed.ended).toBe(13)
  })

  it('to begin anew does so in the same process', async () => {
    const worker = startWorker('anew')
    const starts = (): number => worker.complaints().match(/worker started/g)?.length ?? 0
    await tellSoon('restart')
    await expect.poll(starts, { timeout: 20_000 }).toBe(2)
    await tellSoon('kill', { temporary: true })
    expect(await worker.ended).toBe(130)
  })
})
