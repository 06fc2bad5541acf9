import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, describe, expect, it } from 'vitest'

import { writePidFile } from './pid-file.ts'

describe('a pid file', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'manyhands-test-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('is there as long as the process lives', () => {
    const path = join(folder, 'a.pid')
    const remove = writePidFile(path)
    expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n`)
    remove()
    expect(existsSync(path)).toBe(false)
  })

  it('of a process that lives is respected, of one that is gone replaced', () => {
    const path = join(folder, 'a.pid')
    writeFileSync(path, `${process.ppid}\n`)
    expect(() => writePidFile(path)).toThrow(expect.objectContaining({ code: 'EEXIST' }))
    for (const stale of ['999999999\n', 'nonsense', '']) {
      writeFileSync(path, stale)
      writePidFile(path)()
    }
  })

  it('that cannot be written is an error', () => {
    const path = join(folder, 'missing', 'a.pid')
    expect(() => writePidFile(path)).toThrow(expect.objectContaining({ code: 'EDATADIR' }))
  })
})
