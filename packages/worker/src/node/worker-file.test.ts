import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { isDcpError, systemRandom } from '@manyhands/protocol'
import { createPureCrypto } from '@manyhands/wallet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { openWorkerFile } from './worker-file.ts'

const deps = { crypto: createPureCrypto(), random: systemRandom }
let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'manyhands-test-'))
})

afterAll(() => rm(directory, { recursive: true }))

describe('the file of a worker', () => {
  it('makes it the same worker after every start', async () => {
    const file = join(directory, 'deep', 'worker.json')
    const first = await openWorkerFile(file, deps)
    const second = await openWorkerFile(file, deps)
    expect(second.workerId).toBe(first.workerId)
    expect(second.signer.address).toBe(first.signer.address)
  })

  it('is its owner’s alone', async () => {
    const file = join(directory, 'private.json')
    await openWorkerFile(file, deps)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
  })

  it('is refused when it is damaged, and says what to do', async () => {
    const file = join(directory, 'damaged.json')
    await writeFile(file, '{"workerId":')
    const refused = openWorkerFile(file, deps)
    await expect(refused).rejects.toSatisfy((error) => isDcpError(error, 'EDATADIR'))
    await expect(refused).rejects.toThrow(/remove it to start as a new worker/)
  })

  it('says when it cannot be written', async () => {
    const file = join(directory, 'no-directory')
    await writeFile(file, '')
    await expect(openWorkerFile(join(file, 'worker.json'), deps)).rejects.toMatchObject({
      code: 'EDATADIR',
      message: expect.stringMatching(/worker\.json .*\(ENOTDIR\): .*--data/),
    })
  })

  it.runIf(process.platform === 'linux')('gives up where nothing can be made', async () => {
    await expect(openWorkerFile('/proc/manyhands/worker.json', deps)).rejects.toMatchObject({
      code: 'EDATADIR',
      message: expect.stringContaining('(ENOENT)'),
    })
  })
})
