/**
 * The broker: starts, measures and kills sandboxes for the supervisors that hold its control socket.
 * It keeps nothing; whoever hangs up loses the sandboxes it started.
 */
import { chmod, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'

import { type ControlChannel, type ControlRequest, openControl } from './control.ts'
import { buildLaunch } from './launch.ts'
import { brokerLimits, parseSandboxLimits } from './limits.ts'
import { listenOn } from './listen.ts'
import { inspectMachine, protectionsOf } from './machine.ts'
import { findDeno, findGuest, readablePath } from './programs.ts'
import { type SandboxProcess, startSandbox } from './sandbox-process.ts'
import { createUserIds } from './user-ids.ts'

export interface BrokerOptions {
  /** The control socket; made readable for this user only. */
  readonly socketPath: string
  /** Takes the sockets of sandboxes; nobody else can enter it. */
  readonly folder: string
}

export interface Broker {
  close(): Promise<void>
}

interface Connection {
  readonly channel: ControlChannel
  readonly sandboxes: Map<string, SandboxProcess>
}

function listOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** Prepares what sandboxes need, then listens on the control socket. */
export async function startBroker({ folder, socketPath }: BrokerOptions): Promise<Broker> {
  const machine = inspectMachine()
  if (machine.platform === 'win32') throw new Error('sandboxes do not run on Windows yet')
  const drops = machine.root && machine.setpriv !== undefined
  const found = findDeno()
  const guestFile = await findGuest()
  const deno = drops ? await readablePath(found.path, true) : found.path
  const guest = drops ? await readablePath(guestFile, false) : guestFile
  const userIds = createUserIds()
  const connections = new Set<Connection>()
  const all = new Set<SandboxProcess>()
  let count = 0

  const watch = setInterval(() => {
    for (const sandbox of all) sandbox.watchMemory()
  }, brokerLimits.memoryPollMs)

  async function start(connection: Connection, limitsWanted: unknown): Promise<unknown> {
    if (all.size >= brokerLimits.sandboxesMax) {
      throw new RangeError(`there are ${brokerLimits.sandboxesMax} sandboxes (sandboxesMax)`)
    }
    const limits = parseSandboxLimits(limitsWanted)
    const id = `s${(count += 1)}`
    const uid = userIds.take()
    const command = buildLaunch(machine, { deno, guest, uid, limits })
    const path = join(folder, `${id}.sock`)
    const sandbox = await startSandbox({ socketPath: path, command, limits })
    all.add(sandbox)
    connection.sandboxes.set(id, sandbox)
    void sandbox.ended.then((end) => {
      all.delete(sandbox)
      userIds.give(uid)
      connection.sandboxes.delete(id)
      connection.channel.notify('exit', { sandbox: id, ...end })
    })
    if (!connections.has(connection)) sandbox.kill()
    return { sandbox: id, socket: path, limits }
  }

  function usage(connection: Connection, ids: readonly string[]): unknown {
    return Object.fromEntries(ids.map((id) => [id, connection.sandboxes.get(id)?.cpuMs()]))
  }

  async function kill(connection: Connection, id: string): Promise<unknown> {
    const sandbox = connection.sandboxes.get(id)
    sandbox?.kill()
    await sandbox?.ended
    return {}
  }

  async function perform(connection: Connection, { op, data }: ControlRequest): Promise<unknown> {
    switch (op) {
      case 'hello':
        return {
          protocol: 1,
          deno: found.version,
          platform: machine.platform,
          protections: protectionsOf(machine),
          jail: 'none',
          pid: process.pid,
        }
      case 'start':
        return start(connection, data['limits'])
      case 'usage':
        return usage(connection, listOf(data['sandboxes']))
      case 'kill':
        return kill(connection, String(data['sandbox']))
      default:
        throw new TypeError(`unknown operation ${op.slice(0, 64)}`)
    }
  }

  function accept(socket: Socket): void {
    if (connections.size >= brokerLimits.controlConnectionsMax) {
      socket.destroy()
      return
    }
    const channel = openControl(socket, (request) => {
      perform(connection, request).then(
        (result) => channel.answer(request.id, result),
        (error: unknown) => channel.refuse(request.id, (error as Error).message),
      )
    })
    const connection: Connection = { channel, sandboxes: new Map() }
    connections.add(connection)
    socket.on('error', () => socket.destroy())
    socket.once('close', () => {
      connections.delete(connection)
      for (const sandbox of connection.sandboxes.values()) sandbox.kill()
    })
  }

  const server = createServer(accept)
  await listenOn(server, socketPath)
  await chmod(socketPath, 0o600)

  return {
    async close() {
      clearInterval(watch)
      server.close()
      for (const { channel } of connections) channel.close()
      const sandboxes = [...all]
      for (const sandbox of sandboxes) sandbox.kill()
      await Promise.all(sandboxes.map((sandbox) => sandbox.ended))
      await rm(socketPath, { force: true })
    },
  }
}
