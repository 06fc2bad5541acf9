import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { seededRandom } from '@manyhands/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { defaultDataDirectory, openDataDirectory } from './data-directory.ts'
import { nodeFlags } from './from-sources.ts'

const random = seededRandom('data')
let parent: string
let path: string

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'manyhands-data-'))
  path = join(parent, 'deep', 'data')
})

afterEach(() => rmSync(parent, { recursive: true }))

/** Another process that holds the directory until it is killed. */
async function otherHolder(): Promise<ChildProcess> {
  const entry = JSON.stringify(new URL('./data-directory.ts', import.meta.url).href)
  const program = `
    const { openDataDirectory } = await import(${entry})
    await openDataDirectory({ path: ${JSON.stringify(path)} })
    process.stdin.resume()
    console.log('held')`
  const flags = nodeFlags(new URL(import.meta.url))
  const child = spawn(process.execPath, [...flags, '--input-type=module', '-e', program])
  await once(child.stdout, 'data')
  return child
}

describe('a data directory', () => {
  it('is made for its owner only, and keeps its key', async () => {
    const directory = await openDataDirectory({ path })
    expect(statSync(path).mode & 0o777).toBe(0o700)
    const key = await directory.identityKey(random)
    expect(statSync(directory.file('identity.key')).mode & 0o777).toBe(0o600)
    expect(readFileSync(directory.file('identity.key'), 'utf8')).toMatch(/^[0-9a-f]{64}\n$/)
    await directory.close()

    const again = await openDataDirectory({ path })
    expect(await again.identityKey(random)).toEqual(key)
    await again.close()
    expect(readdirSync(path).toSorted()).toEqual(['identity.key', 'lock', 'version'])
  })

  it('is used by one process at a time, which is named, until that is gone', async () => {
    const child = await otherHolder()
    const gone = once(child, 'exit')
    await expect(openDataDirectory({ path })).rejects.toMatchObject({
      code: 'EDATADIR',
      message: expect.stringContaining(`is used by process ${child.pid}:`),
      details: { pid: child.pid },
    })
    rmSync(join(path, 'lock.pid'))
    await expect(openDataDirectory({ path })).rejects.toMatchObject({
      message: expect.stringContaining('is used by another process:'),
    })
    child.kill('SIGKILL')
    await gone
    await (await openDataDirectory({ path })).close()
  })

  it('refuses a second user in the same process, until the first has closed', async () => {
    const first = await openDataDirectory({ path })
    await expect(openDataDirectory({ path })).rejects.toMatchObject({
      details: { pid: process.pid },
    })
    await first.close()
    await (await openDataDirectory({ path })).close()
  })

  it('is given to exactly one of many', async () => {
    const settled = await Promise.allSettled(
      Array.from({ length: 5 }, () => openDataDirectory({ path })),
    )
    const opened = settled.filter((result) => result.status === 'fulfilled')
    expect(opened).toHaveLength(1)
    for (const { value } of opened) await value.close()
  })

  it('is refused when its layout is newer, naming both', async () => {
    await (await openDataDirectory({ path, layout: 3 })).close()
    await expect(openDataDirectory({ path, layout: 2 })).rejects.toMatchObject({
      code: 'EDATADIR',
      message: expect.stringContaining('has layout 3, and this program knows layout 2 at most'),
    })
    await (await openDataDirectory({ path, layout: 3 })).close()
  })

  it('says what to do when a file is in the way', async () => {
    writeFileSync(join(parent, 'deep'), '')
    await expect(openDataDirectory({ path })).rejects.toMatchObject({
      code: 'EDATADIR',
      message: expect.stringContaining('choose another one with --data'),
    })
    await expect(openDataDirectory({ path: join(parent, 'deep') })).rejects.toMatchObject({
      code: 'EDATADIR',
    })
  })

  it.runIf(process.platform === 'linux')(
    'refuses a place where no directory can be made',
    async () => {
      await expect(openDataDirectory({ path: '/proc/manyhands/data' })).rejects.toMatchObject({
        code: 'EDATADIR',
      })
    },
  )

  it('says what to do when it cannot be written', async (context) => {
    mkdirSync(path, { recursive: true })
    if (process.getuid?.() !== 0) {
      chmodSync(path, 0o500)
    } else {
      try {
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'ro', 'tmpfs', path], { stdio: 'ignore' })
      } catch {
        context.skip('root can write anywhere, and mounting is not allowed here')
        return
      }
    }
    try {
      await expect(openDataDirectory({ path })).rejects.toMatchObject({
        code: 'EDATADIR',
        message: expect.stringMatching(/cannot be used \((EROFS|EACCES)\): .*--data/),
      })
    } finally {
      if (process.getuid?.() === 0) execFileSync('umount', ['--lazy', path])
      else chmodSync(path, 0o700)
    }
  })

  it('says so when the key in it is broken', async () => {
    const directory = await openDataDirectory({ path })
    writeFileSync(directory.file('identity.key'), 'x')
    await expect(directory.identityKey(random)).rejects.toMatchObject({
      code: 'EDATADIR',
      message: expect.stringContaining('identity.key does not hold a private key'),
    })
    await directory.close()
  })
})

it('lies where the system keeps data unless told', () => {
  expect(defaultDataDirectory('/h', {})).toBe('/h/.local/share/manyhands')
  expect(defaultDataDirectory('/h', { XDG_DATA_HOME: '/x' })).toBe('/x/manyhands')
})
