/**
 * Serves the official worker: one connection is one sandbox. There is no authentication in its
 * protocol, so the port is of this machine alone unless a token is asked for first.
 */
import { chmod, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { performance } from 'node:perf_hooks'
import type { Duplex } from 'node:stream'

import { brokerLimits } from '../limits.ts'
import { listenOn } from '../listen.ts'
import type { SandboxProcess } from '../sandbox-process.ts'
import type { Workshop } from '../workshop.ts'
import { isLocal, type ListenAddress } from './address.ts'
import { lineLimits } from './limits.ts'
import { serveSession } from './session.ts'
import { createWorktimeLines } from './worktime-lines.ts'
import { assertToken, showsToken } from './token.ts'

export interface LineServerOptions {
  readonly workshop: Workshop
  readonly limits?: unknown
  readonly warn: (what: string) => void
}

export interface ListenOptions {
  readonly address: ListenAddress
  /** Asked for in the first line of every connection. */
  readonly token?: string
}

export interface LineServer {
  /**
   * @throws Error when the address is not of this machine alone and there is no token.
   */
  listen(options: ListenOptions): Promise<ListenAddress>
  /** Serves one worker on a stream, until either end is gone. */
  serve(worker: Duplex): Promise<void>
  /** Ends all sandboxes. */
  close(): Promise<void>
}

export function createLineServer(options: LineServerOptions): LineServer {
  const { limits = {}, warn, workshop } = options
  const sandboxes = new Set<SandboxProcess>()
  const sessions = new Set<Promise<void>>()
  const sockets = new Set<Socket>()
  const lineOf = createWorktimeLines(workshop.python)
  let count = 0
  let stopListening: (() => Promise<void>) | undefined

  const watch = setInterval(() => {
    for (const sandbox of sandboxes) sandbox.watchMemory()
  }, brokerLimits.memoryPollMs)

  async function serve(worker: Duplex, lingerMs = 0): Promise<void> {
    const { sandbox } = await workshop.start(`l${(count += 1)}`, limits, 'lines')
    sandboxes.add(sandbox)
    try {
      const now = (): number => performance.now()
      await serveSession({ worker, sandbox, warn, now, lingerMs, lineOf })
    } finally {
      sandboxes.delete(sandbox)
    }
  }

  async function admit(socket: Socket, token: string | undefined): Promise<void> {
    socket.on('error', () => socket.destroy())
    if (token !== undefined && !(await showsToken(socket, token))) {
      socket.destroy()
      return
    }
    await serve(socket, lineLimits.lingerMs)
  }

  function accept(socket: Socket, token: string | undefined): void {
    if (sessions.size >= lineLimits.sessionsMax) {
      socket.destroy()
      return
    }
    sockets.add(socket)
    const session = admit(socket, token)
      .catch((error: Error) => {
        warn(`a sandbox could not be started: ${error.message}`)
        socket.destroy()
      })
      .finally(() => {
        sessions.delete(session)
        sockets.delete(socket)
      })
    sessions.add(session)
  }

  return {
    serve: (worker) => serve(worker),
    async listen({ address, token }) {
      if (token !== undefined) assertToken(token)
      else if (!isLocal(address)) {
        throw new Error('whoever reaches the port may run code: other machines need a token')
      }
      const server = createServer({ pauseOnConnect: true, noDelay: true }, (socket) =>
        accept(socket, token),
      )
      stopListening = async () => {
        server.close()
        if (address.kind === 'socket') await rm(address.path, { force: true })
      }
      if (address.kind === 'socket') {
        await listenOn(server, address.path)
        await chmod(address.path, 0o600)
        return address
      }
      await new Promise<void>((resolve, reject) => {
        server.once('error', reject)
        server.listen({ host: address.host, port: address.port, exclusive: true }, () => resolve())
      })
      return { ...address, port: (server.address() as AddressInfo).port }
    },
    async close() {
      clearInterval(watch)
      await stopListening?.()
      for (const socket of sockets) socket.destroy()
      for (const sandbox of sandboxes) sandbox.kill()
      await Promise.all(sessions)
      await workshop.close()
    },
  }
}
