/** Hands connections on to a port, and cuts them when it is told to: a network that fails. */
import { connect, createServer, type Socket } from 'node:net'
import type { AddressInfo } from 'node:net'

export interface CuttingProxy {
  readonly port: number
  /** Connections that are open. */
  readonly size: number
  /** Cuts the connection at a place from 0 to 1 among them; false when there is none. */
  cut(place: number): boolean
  close(): Promise<void>
}

/** @param upstream the port of this machine to go to, asked for each connection */
export async function createCuttingProxy(upstream: () => number): Promise<CuttingProxy> {
  const open = new Set<() => void>()
  const server = createServer((socket) => {
    const far = connect(upstream(), '127.0.0.1')
    const end = (): void => {
      open.delete(end)
      for (const one of [socket, far] satisfies Socket[]) one.destroy()
    }
    open.add(end)
    for (const one of [socket, far]) one.on('error', end).on('close', end)
    socket.pipe(far)
    far.pipe(socket)
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(0, '127.0.0.1', resolve)
  })
  const { port } = server.address() as AddressInfo
  return {
    port,
    get size() {
      return open.size
    },
    cut(place) {
      const end = [...open][Math.floor(place * open.size)]
      end?.()
      return end !== undefined
    },
    close() {
      for (const end of open) end()
      return new Promise((resolve) => server.close(() => resolve()))
    },
  }
}
