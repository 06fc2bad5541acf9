import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { brokerEntry } from '@manyhands/evaluator'
import { createEvaluatorHost } from '@manyhands/sandbox/node'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { isRunning, sandboxesOf } from './_processes.ts'
import { runIn, workOf } from './_recorder.ts'

describe('the evaluator as a program', () => {
  let folder: string
  let child: ChildProcess
  let socketPath: string
  let announced: string

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'manyhands-test-'))
    socketPath = join(folder, 'control.sock')
    const flags = ['--conditions=@manyhands/source', '--import', import.meta.resolve('tsx')]
    const args = [...flags, fileURLToPath(brokerEntry), '--socket', socketPath]
    child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] })
    const [line] = (await once(child.stdout ?? child, 'data')) as [Buffer]
    announced = line.toString()
  })
  afterAll(async () => {
    if (child.exitCode === null) {
      child.kill('SIGTERM')
      await once(child, 'close')
    }
    await rm(folder, { recursive: true, force: true })
  })

  async function open(path = socketPath): Promise<Socket> {
    const socket = connect(path)
    await once(socket, 'connect')
    return socket.setEncoding('utf8')
  }

  async function ask(socket: Socket, request: object): Promise<Record<string, unknown>> {
    socket.write(`${JSON.stringify(request)}\n`)
    const [line] = (await once(socket, 'data')) as [string]
    return JSON.parse(line) as Record<string, unknown>
  }

  it('says when it is ready, and lets only its own user in', () => {
    expect(JSON.parse(announced)).toEqual({ socket: socketPath, pid: child.pid })
    expect(statSync(socketPath).mode & 0o777).toBe(0o600)
  })

  it('serves a host that was given its socket', async () => {
    const host = createEvaluatorHost({ socketPath })
    const sandbox = await host.create()
    const { recorder } = await runIn(sandbox, workOf('(x) => x + 1'), '1')
    expect(recorder.values.get(1)).toBe(2)
    expect(host.pid).toBeUndefined()
    await host.close()
    await vi.waitFor(() => expect(sandboxesOf(child.pid ?? 0)).toEqual([]))
    expect(isRunning(child.pid ?? 0)).toBe(true)
  })

  it('ends the sandboxes of whoever hangs up, and no others', async () => {
    const staying = createEvaluatorHost({ socketPath, spares: 0 })
    const sandbox = await staying.create()
    const [kept] = sandboxesOf(child.pid ?? 0)
    const control = await open()
    const { result } = await ask(control, { id: 1, op: 'start' })
    const stream = await open((result as { socket: string }).socket)
    await vi.waitFor(() => expect(sandboxesOf(child.pid ?? 0).length).toBe(2))
    control.destroy()
    await vi.waitFor(() => expect(sandboxesOf(child.pid ?? 0)).toEqual([kept]))
    stream.destroy()
    expect((await runIn(sandbox, workOf('(x) => x'), '1')).end).toEqual({ kind: 'done' })
    await staying.close()
  })

  it('gives the stream of a sandbox away once', async () => {
    const control = await open()
    const { result } = await ask(control, { id: 1, op: 'start' })
    const path = (result as { socket: string }).socket
    const first = await open(path)
    await vi.waitFor(() => expect(existsSync(path)).toBe(false))
    const second = connect(path)
    await once(second, 'error')
    first.destroy()
    control.destroy()
  })

  it('tells what a sandbox has used, to a supervisor that cannot see its process', async () => {
    const control = await open()
    const { result } = await ask(control, { id: 1, op: 'start' })
    const { sandbox, socket } = result as { sandbox: string; socket: string }
    const stream = await open(socket)
    const usage = async (): Promise<unknown> => {
      const answer = await ask(control, { id: 2, op: 'usage', sandboxes: [sandbox, 'x'] })
      return answer['result']
    }
    // No graphics processor was granted, so none is measured.
    const told = { [sandbox]: { cpuMs: expect.any(Number) }, x: {} }
    await vi.waitFor(async () => expect(await usage()).toEqual(told))
    stream.destroy()
    control.destroy()
  })

  it('refuses what it does not know and hangs up on nonsense', async () => {
    const control = await open()
    const refusal = await ask(control, { id: 7, op: 'format' })
    expect(refusal).toMatchObject({ id: 7, ok: false })
    control.write('nonsense\n')
    await once(control, 'close')
    const flood = await open()
    const closed = new Promise((resolve) => {
      flood.on('error', () => undefined).once('close', resolve)
    })
    flood.write('x'.repeat(1 << 20))
    await closed
    const other = await open()
    expect(await ask(other, { id: 1, op: 'hello' })).toMatchObject({ ok: true })
    other.destroy()
  })
})
