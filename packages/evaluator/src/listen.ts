/** Listening on a unix socket whose last owner may have been killed, and so have left its file behind. */
import { rm } from 'node:fs/promises'
import { connect, type Server } from 'node:net'

function tryListen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function isAnswered(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/** Takes the place of a socket that nobody answers; throws EADDRINUSE when somebody does. */
export async function listenOn(server: Server, path: string): Promise<void> {
  try {
    await tryListen(server, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') throw error
    if (await isAnswered(path)) throw error
    await rm(path, { force: true })
    await tryListen(server, path)
  }
}
