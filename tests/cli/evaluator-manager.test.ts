import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, connect, createServer } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'

import { openConnection } from '../sandbox/_line-evaluator.ts'
import { isRunning } from '../sandbox/_processes.ts'
import { type RunningCommand, startCommand } from './_command.ts'
import { isServed } from './_describe.ts'

/** Addresses by which other machines reach this one, where there is a network. */
const outside = Object.values(networkInterfaces())
  .flatMap((addresses) => addresses ?? [])
  .filter(({ family, internal }) => family === 'IPv4' && !internal)
  .map(({ address }) => address)

/** What comes of a connection to the same port at another address of this machine. */
async function knock(address: string, host: string): Promise<unknown> {
  const socket = connect(Number(address.split(':')[1]), host)
  try {
    return await new Promise((resolve) => {
      socket.once('connect', () => resolve('connected'))
      socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code))
    })
  } finally {
    socket.destroy()
  }
}

describe('dcp-evaluator-manager', () => {
  let folder: string
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'manyhands-test-'))
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  let manager: RunningCommand | undefined
  afterEach(() => manager?.close())

  function setLoad(load: number): void {
    writeFileSync(join(folder, 'loadavg'), `${load.toFixed(2)} 0.00 0.00 1/100 1\n`)
  }

  /** Only what the tests say tells that the machine is in use. */
  function start(...args: readonly string[]): RunningCommand {
    const quiet = ['-d', 'session', '-d', 'screensaver', '--sys', folder, '--proc', folder]
    return startCommand('dcp-evaluator-manager', '-p', '0', ...quiet, ...args)
  }

  async function addressOf(command: RunningCommand): Promise<string> {
    return (await command.said(/^Listening on /)).replace('Listening on ', '')
  }

  it('runs a real evaluator while the load is low, and none when it is high', async () => {
    setLoad(0.1)
    manager = start('--max-load', '1', '--stop-load', '2', '-v')
    const address = await addressOf(manager)
    expect(address).toMatch(/^127\.0\.0\.1:/)
    for (const host of outside) expect(await knock(address, host)).toBe('ECONNREFUSED')
    expect(manager.lines).not.toContainEqual(expect.stringMatching(/^evaluator/))

    const first = await openConnection(address)
    expect(await isServed(first)).toBe(true)
    const [, pid] = /^evaluator (\d+)/.exec(await manager.said(/^evaluator \d+ has started/)) ?? []
    expect(isRunning(Number(pid))).toBe(true)

    // Not low enough for more, not high enough to stop what runs.
    setLoad(1.5)
    const second = await openConnection(address)
    expect(await isServed(second)).toBe(false)
    await manager.said(/refused: a load of 1.5 is more than 1/)
    expect(await isServed(first)).toBe(true)

    setLoad(3)
    await first.closed
    await manager.said(new RegExp(`^evaluator ${pid} has ended`))
    expect(isRunning(Number(pid))).toBe(false)
    const refused = await openConnection(address)
    expect(await isServed(refused)).toBe(false)

    setLoad(0.2)
    await manager.said(/the machine is idle/, manager.lines.length)
    const third = await openConnection(address)
    expect(await isServed(third)).toBe(true)
    manager.signal('SIGTERM')
    expect(await manager.ended).toBe(0)
    await third.closed
    // Evaluators are started three times, and the load is looked at every three seconds.
  }, 120_000)

  it('ends evaluators at once when it is signalled, until it is signalled again', async () => {
    manager = start('-s', 'SIGUSR2,toggle')
    const address = await addressOf(manager)
    const connection = await openConnection(address)
    expect(await isServed(connection)).toBe(true)
    manager.signal('SIGUSR2')
    await connection.closed
    await manager.said(/busy: signal: SIGUSR2 was received/)
    const from = manager.lines.length
    manager.signal('SIGUSR2')
    await manager.said(/the machine is idle/, from)
    const next = await openConnection(address)
    expect(await isServed(next)).toBe(true)
    next.socket.destroy()
  })

  it('says that its port is taken', async () => {
    const server = createServer()
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    manager = startCommand('dcp-evaluator-manager', '-a', '-p', `${port}`)
    expect(await manager.ended).toBe(2)
    expect(manager.complaints()).toContain(`cannot listen on port ${port}`)
    server.close()
  })
})
