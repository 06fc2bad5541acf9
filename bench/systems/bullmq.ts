import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { isInstalled } from '../machine.ts'
import { startProgram } from '../program.ts'
import type { System } from '../system.ts'
import { accepts, findFreePort } from './free-port.ts'
import { runningSystem, startPeer } from './programs.ts'

/** BullMQ on a Redis server of its own with two worker processes. */
function bullmq(name: string, durability: string, settings: readonly string[]): System {
  return {
    name,
    durability,
    unavailable: () =>
      isInstalled('redis-server')
        ? undefined
        : 'redis-server is not installed; on Debian: apt-get install redis-server',
    async start({ prefetch }) {
      const directory = await mkdtemp(join(tmpdir(), 'bench-redis-'))
      const port = await findFreePort()
      const server = await startProgram({
        command: 'redis-server',
        args: [
          '--port',
          `${port}`,
          '--bind',
          '127.0.0.1',
          '--dir',
          directory,
          '--save',
          '',
          ...settings,
        ],
        isUp: () => accepts(port),
        signal: 'SIGTERM',
      })
      const workers = [
        await startPeer('bullmq-worker.mjs', `${port}`, `${prefetch}`),
        await startPeer('bullmq-worker.mjs', `${port}`, `${prefetch}`),
      ]
      const submitter = await startPeer('bullmq.mjs', `${port}`)
      return runningSystem(submitter, [...workers, server], () =>
        rm(directory, { recursive: true, force: true }),
      )
    },
  }
}

/** Everything in memory. */
export const bullmqInMemory: System = bullmq('BullMQ', 'none (Redis in memory)', [
  '--appendonly',
  'no',
])

/** Redis appends each write to a file and flushes it once a second. */
export const bullmqEverySecond: System = bullmq('BullMQ, AOF', 'once a second', [
  '--appendonly',
  'yes',
  '--appendfsync',
  'everysec',
])

/** Redis flushes each write before it answers: what our own commits promise. */
export const bullmqAlways: System = bullmq('BullMQ, AOF always', 'on each write', [
  '--appendonly',
  'yes',
  '--appendfsync',
  'always',
])
