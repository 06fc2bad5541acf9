import { execFileSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, it } from 'vitest'

import { listenOn } from './listen.ts'

let folder: string
let path: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'manyhands-test-'))
  path = join(folder, 'control.sock')
})
afterEach(() => rm(folder, { recursive: true, force: true }))

it('takes the place of a socket whose owner was killed', async () => {
  const program = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => {
    process.kill(process.pid, 'SIGKILL')
  })`
  expect(() => execFileSync(process.execPath, ['-e', program])).toThrow(/SIGKILL|failed/)
  expect(existsSync(path)).toBe(true)
  const server = createServer()
  await listenOn(server, path)
  expect(server.address()).toBe(path)
  await new Promise((resolve) => server.close(resolve))
})

it('leaves a socket alone that is answered', async () => {
  const owner = createServer()
  await listenOn(owner, path)
  const server = createServer()
  await expect(listenOn(server, path)).rejects.toMatchObject({ code: 'EADDRINUSE' })
  expect(existsSync(path)).toBe(true)
  await new Promise((resolve) => owner.close(resolve))
})
