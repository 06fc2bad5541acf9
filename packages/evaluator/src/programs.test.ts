import { chmod, mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { findDeno, readablePath } from './programs.ts'

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manyhands-test-'))
  await chmod(folder, 0o755)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function fileIn(mode: number, fileMode: number): Promise<string> {
  const closed = join(folder, 'project')
  await mkdir(closed)
  const path = join(closed, 'guest.js')
  await writeFile(path, `// ${folder}`)
  await chmod(path, fileMode)
  await chmod(closed, mode)
  return path
}

describe('the programs of a sandbox', () => {
  it('include a Deno for this platform', async () => {
    const { path, version } = findDeno()
    expect((await stat(path)).isFile()).toBe(true)
    expect(version).toMatch(/^2\./)
  })

  it('are used where they are when everybody can read them', async () => {
    const path = await fileIn(0o755, 0o644)
    expect(await readablePath(path, false)).toBe(path)
  })

  it.each([
    ['the folder is private', 0o700, 0o644],
    ['the file is private', 0o755, 0o600],
  ])('are copied where everybody can read them when %s', async (_what, mode, fileMode) => {
    const path = await fileIn(mode, fileMode)
    const copy = await readablePath(path, false)
    expect(copy).not.toBe(path)
    expect(await readFile(copy, 'utf8')).toBe(await readFile(path, 'utf8'))
    expect((await stat(copy)).mode & 0o777).toBe(0o644)
    expect((await stat(dirname(copy))).mode & 0o777).toBe(0o755)
    expect(await readablePath(path, false)).toBe(copy)
    await rm(dirname(copy), { recursive: true })
  })

  it('are not taken from a folder that others can change', async () => {
    const path = await fileIn(0o700, 0o644)
    const copy = await readablePath(path, false)
    await chmod(dirname(copy), 0o777)
    const other = await readablePath(path, false)
    expect(dirname(other)).not.toBe(dirname(copy))
    await rm(dirname(copy), { recursive: true })
    await rm(dirname(other), { recursive: true })
  })

  it('are made again when a copy was cut short', async () => {
    const path = await fileIn(0o700, 0o644)
    const copy = await readablePath(path, false)
    await writeFile(copy, '')
    expect(await readFile(await readablePath(path, false), 'utf8')).toBe(`// ${folder}`)
    await rm(dirname(copy), { recursive: true })
  })
})
