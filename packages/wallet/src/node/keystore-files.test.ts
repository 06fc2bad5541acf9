import { chmod, mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { type Logger, seededRandom, silentLogger } from '@manyhands/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { createKeystore, generatePrivateKey } from '../index.ts'
import {
  findKeystore,
  keystorePath,
  loadCrypto,
  readKeystoreFile,
  readOrCreateKeystoreFile,
  resourceDirectory,
  writeKeystoreFile,
} from './index.ts'

const crypto = await loadCrypto()
const deps = { crypto, random: seededRandom('files'), clock: { now: () => 0 } }
let home: string

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'manyhands-wallet-'))
})

afterEach(() => rm(home, { recursive: true }))

describe('the resource directory', () => {
  it('is ~/.dcp, else what the environment names', () => {
    expect(resourceDirectory({ home: '/h' })).toBe('/h/.dcp')
    expect(resourceDirectory({ home: '/h', env: { XDG_DATA_HOME: '/x' } })).toBe('/x/dcp')
    const env = { XDG_DATA_HOME: '/x', DCP_RESOURCE_DIR: '/r' }
    expect(resourceDirectory({ home: '/h', env })).toBe('/r')
  })

  it('holds keystores by name; a path stays a path', () => {
    expect(keystorePath('id', { home: '/h' })).toBe('/h/.dcp/id.keystore')
    expect(keystorePath('id.keystore', { home: '/h' })).toBe('/h/.dcp/id.keystore')
    expect(keystorePath('/a/b.json', { home: '/h' })).toBe('/a/b.json')
  })
})

describe('keystore files', () => {
  it('are written for their owner only, and found by name', async () => {
    const keystore = await createKeystore(generatePrivateKey(deps.random), { label: 'id' }, deps)
    const file = keystorePath('id', { home })
    await writeKeystoreFile(file, keystore)
    await writeKeystoreFile(file, keystore)
    expect((await stat(file)).mode & 0o777).toBe(0o600)
    expect((await stat(join(home, '.dcp'))).mode & 0o777).toBe(0o700)
    expect(await readdir(join(home, '.dcp'))).toEqual(['id.keystore'])
    const found = await findKeystore('id', { home, crypto })
    expect(found?.toJSON()).toEqual(keystore.toJSON())
  })

  it('are made when they are missing, and then stay', async () => {
    const file = join(home, 'deep', 'id.keystore')
    const made = await readOrCreateKeystoreFile(file, { ...deps, label: 'id' })
    expect((await readOrCreateKeystoreFile(file, deps)).address).toBe(made.address)
    expect((await made.unlock('')).address).toBe(made.address)
  })

  it('are reported missing, broken, or open to others', async () => {
    const file = join(home, 'x.keystore')
    expect(await findKeystore(file, { home, crypto })).toBeUndefined()
    await expect(readKeystoreFile(file, { crypto })).rejects.toMatchObject({ code: 'ENOENT' })
    await writeFile(file, '{}')
    await expect(readKeystoreFile(file, { crypto })).rejects.toMatchObject({
      code: 'EKEYSTORE',
      message: expect.stringContaining(file),
    })
    const keystore = await createKeystore(generatePrivateKey(deps.random), {}, deps)
    await writeKeystoreFile(file, keystore)
    await chmod(file, 0o644)
    const warnings: string[] = []
    const logger: Logger = { ...silentLogger, warn: (message) => warnings.push(message) }
    await readKeystoreFile(file, { crypto, logger })
    expect(warnings).toEqual([expect.stringContaining(`chmod 600 ${file}`)])
  })

  it('say why they cannot be written', async () => {
    const keystore = await createKeystore(generatePrivateKey(deps.random), {}, deps)
    const blocked = join(home, 'file')
    await writeFile(blocked, '')
    await expect(writeKeystoreFile(join(blocked, 'id.keystore'), keystore)).rejects.toMatchObject({
      code: 'EKEYSTORE',
    })
  })
})
