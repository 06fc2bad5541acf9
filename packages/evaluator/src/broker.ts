/**
 * The broker: starts, measures and kills sandboxes for the supervisors that hold its control socket.
 * It keeps nothing; whoever hangs up loses the sandboxes it started.
 */
import { chmod, rm } from 'node:fs/promises'
import { createServer, type Socket } from 'node:net'

import { type ControlChannel, type ControlRequest, openControl } from './control.ts'
import { brokerLimits } from './limits.ts'
import { listenOn } from './listen.ts'
import { pidNamespace } from './proc.ts'
import type { SandboxProcess } from './sandbox-process.ts'
import type { Workshop } from './workshop.ts'

export interface BrokerOptions {
  /** The control socket; made readable for this user only. */
  readonly socketPath: string
  /** Makes the sandboxes; closed with the broker. */
  readonly workshop: Workshop
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

/** Listens on the control socket. */
export async function startBroker({ socketPath, workshop }: BrokerOptions): Promise<Broker> {
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
    const id = `s${(count += 1)}`
    const { limits, sandbox } = await workshop.start(id, limitsWanted)
    all.add(sandbox)
    connection.sandboxes.set(id, sandbox)
    void sandbox.ended.then((end) => {
      all.delete(sandbox)
      connection.sandboxes.delete(id)
      connection.channel.notify('exit', { sandbox: id, ...end })
    })
    if (!connections.has(connection)) sandbox.kill()
    return { sandbox: id, socket: sandbox.socketPath, limits }
  }

  function usage(connection: Connection, ids: readonly string[]): unknown {
    return Object.fromEntries(
      ids.map((id) => {
        const sandbox = connection.sandboxes.get(id)
        return [id, { cpuMs: sandbox?.cpuMs(), gpuMs: sandbox?.gpuMs() }]
      }),
    )
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
        return { protocol: 1, pid: process.pid, ...workshop.description }
      case 'start':
        return start(connection, data['limits'])
      case 'usage':
        return usage(connection, listOf(data['sandboxes']))
      case 'process':
        return {
          pid: connection.sandboxes.get(String(data['sandbox']))?.pid,
          namespace: pidNamespace(),
        }
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
      await workshop.close()
      await rm(socketPath, { force: true })
    },
  }
}
