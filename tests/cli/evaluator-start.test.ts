import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { openConnection } from '../sandbox/_line-evaluator.ts'
import { type RunningCommand, startCommand } from './_command.ts'
import { isServed } from './_describe.ts'

describe('an evaluator for the official worker', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'manyhands-test-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  let command: RunningCommand | undefined
  afterEach(() => command?.close())

  it('is started by the official launcher, on this machine alone', async () => {
    command = startCommand('dcp-evaluator-start', '-p', '0', '-t', 'native', '--prefix', '/usr')
    const address = (await command.said(/^Listening on /)).replace('Listening on ', '')
    expect(address).toMatch(/^127\.0\.0\.1:\d+$/)
    const connection = await openConnection(address)
    expect(await isServed(connection)).toBe(true)
    command.signal('SIGTERM')
    expect(await command.ended).toBe(0)
    await connection.closed
    expect(command.complaints()).toContain('--prefix does nothing')
  })

  it('is started by our command, on a socket', async () => {
    const path = join(folder, 'lines.sock')
    command = startCommand('manyhands', 'evaluator', '--listen', path)
    expect(JSON.parse(await command.said(/listen/))).toMatchObject({ listen: path })
    const connection = await openConnection(path)
    expect(await isServed(connection)).toBe(true)
    connection.socket.destroy()
  })

  it('listens to other machines only with a token', async () => {
    command = startCommand('dcp-evaluator-start', '--listen', '0.0.0.0:0')
    expect(await command.ended).toBe(1)
    expect(command.complaints()).toContain('other machines need a token')
    const token = 'a token of many characters'
    const file = join(folder, 'token')
    writeFileSync(file, `${token}\n`)
    const address = ['--listen', '0.0.0.0:0', '--token-file', file]
    command = startCommand('manyhands', 'evaluator', ...address)
    const { listen } = JSON.parse(await command.said(/listen/)) as { listen: string }
    const here = listen.replace('0.0.0.0', '127.0.0.1')
    const stranger = await openConnection(here)
    expect(await isServed(stranger)).toBe(false)
    const friend = await openConnection(here)
    friend.send(token)
    expect(await isServed(friend)).toBe(true)
    friend.socket.destroy()
  })
})
