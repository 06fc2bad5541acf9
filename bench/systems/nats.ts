import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { isInstalled } from '../machine.ts'
import { startProgram } from '../program.ts'
import type { System } from '../system.ts'
import { accepts, findFreePort } from './free-port.ts'
import { runningSystem, startPeer } from './programs.ts'

/** A work-queue stream on file with two worker processes; results on a plain subject. */
export const nats: System = {
  name: 'NATS JetStream',
  durability: 'work: file, flushed by the system; results: none',
  unavailable: () =>
    isInstalled('nats-server')
      ? undefined
      : 'nats-server is not installed; on Debian: apt-get install nats-server',
  async start({ prefetch }) {
    const directory = await mkdtemp(join(tmpdir(), 'bench-nats-'))
    const port = await findFreePort()
    const configuration = join(directory, 'nats.conf')
    await writeFile(
      configuration,
      `listen: 127.0.0.1:${port}\nmax_payload: 8388608\njetstream { store_dir: "${directory}" }\n`,
    )
    const server = await startProgram({
      command: 'nats-server',
      args: ['-c', configuration],
      isUp: () => accepts(port),
      signal: 'SIGTERM',
    })
    // The submitter first: it makes the stream that the workers consume.
    const submitter = await startPeer('nats.mjs', `${port}`)
    const workers = [
      await startPeer('nats-worker.mjs', `${port}`, `${prefetch}`),
      await startPeer('nats-worker.mjs', `${port}`, `${prefetch}`),
    ]
    return runningSystem(submitter, [...workers, server], () =>
      rm(directory, { recursive: true, force: true }),
    )
  },
}
