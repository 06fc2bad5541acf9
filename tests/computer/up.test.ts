import { execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { connect } from '@manyhands/client/node'
import type { NodeClient } from '@manyhands/client/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { manyhands, startManyhands } from './_manyhands.ts'
import type { Running } from './_manyhands.ts'

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'manyhands-test-'))
})

afterAll(() => rm(directory, { recursive: true }))

function clientOf({ url, keystores }: Running): Promise<NodeClient> {
  return connect({ scheduler: url, identity: keystores.id, paymentAccount: keystores.default })
}

/** A file system of a few MiB; undefined where none may be mounted. */
async function mountSmallDisk(at: string): Promise<(() => void) | undefined> {
  await mkdir(at)
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'tmpfs', at], { stdio: 'ignore' })
  } catch {
    return undefined
  }
  return () => execFileSync('umount', ['--lazy', at])
}

/** Takes what is left of a disk; gives it back. */
async function fill(disk: string): Promise<() => Promise<void>> {
  const ballast = join(disk, 'ballast')
  const handle = await open(ballast, 'w')
  for (const size of [65_536, 4_096, 1]) {
    const more = new Uint8Array(size)
    for (let full = false, left = 1_000; !full && left > 0; left -= 1) {
      // oxlint-disable-next-line no-await-in-loop -- until nothing more fits
      full = await handle.write(more).then(
        ({ bytesWritten }) => bytesWritten < size,
        () => true,
      )
    }
  }
  await handle.close()
  return () => rm(ballast)
}

/** Processes whose command line names the data directory. */
function processesOn(data: string): string[] {
  return execFileSync('ps', ['-eo', 'args='], { encoding: 'utf8' })
    .split('\n')
    .filter((line) => line.includes(data))
}

describe('manyhands up', () => {
  it('computes a job, tells its ready line alone, and ends in order', async () => {
    const data = join(directory, 'computes')
    const up = await startManyhands(
      'up',
      '--no-sample',
      '--port=0',
      '--sandboxes=1',
      `--data=${data}`,
    )
    const client = await clientOf(up)
    const results = await client.compute.for(1, 3, (x: number) => x * 10).exec()
    expect(Array.from(results)).toEqual([10, 20, 30])
    await client.close()
    expect(await up.end()).toBe(0)
    expect(up.lines).toHaveLength(1)
    expect(Object.keys(JSON.parse(up.lines[0] ?? '') as object)).toEqual([
      'url',
      'keystores',
      'pid',
    ])
    expect(processesOn(data)).toEqual([])
  })

  it('keeps what it must not forget, for its owner only', async () => {
    const data = join(directory, 'keeps')
    await using up = await startManyhands('scheduler', '--port=0', `--data=${data}`)
    for (const file of [up.keystores.id, up.keystores.default, join(data, 'identity.key')]) {
      expect((await stat(file)).mode & 0o777).toBe(0o600)
    }
  })

  it('carries on where it was when it is started again', async () => {
    const data = join(directory, 'again')
    const first = await startManyhands('scheduler', '--port=0', `--data=${data}`)
    const identity = await readFile(first.keystores.id, 'utf8')
    const client = await clientOf(first)
    const job = client.compute.for(1, 20, (x: number) => x + 1)
    const accepted = new Promise((resolve) => job.on('accepted', resolve))
    void Promise.resolve(job.exec()).catch(() => undefined)
    await accepted
    await client.close()
    expect(await first.end('SIGINT')).toBe(0)

    await using again = await startManyhands(
      'up',
      '--no-sample',
      '--port=0',
      '--sandboxes=1',
      `--data=${data}`,
    )
    expect(await readFile(again.keystores.id, 'utf8')).toBe(identity)
    await using later = await clientOf(again)
    const results = await later.compute.resume(job.id).exec()
    expect(Array.from(results)).toEqual(Array.from({ length: 20 }, (_, index) => index + 2))
  })

  it('leaves at once with --once and no sample', async () => {
    const data = join(directory, 'once')
    const { status, out } = await manyhands(
      'up',
      '--once',
      '--no-sample',
      '--port=0',
      '--sandboxes=0',
      `--data=${data}`,
    )
    expect(status).toBe(0)
    expect(out).toContain('Manyhands is up at http://127.0.0.1:')
    expect(out).toMatch(/no worker .* npx manyhands worker --scheduler http:/)
  })
})

describe('a full disk', () => {
  it('refuses what is new, keeps it from starting with one line, and is no more when there is room', async (context) => {
    const disk = join(directory, 'disk')
    const unmount = await mountSmallDisk(disk)
    if (unmount === undefined) {
      context.skip('mounting a small file system needs root')
      return
    }
    try {
      const data = join(disk, 'data')
      const options = ['--no-sample', '--port=0', '--sandboxes=1', `--data=${data}`]
      await using up = await startManyhands('up', ...options)
      await using client = await clientOf(up)
      const squares = () => client.compute.for(1, 3, (x: number) => x * x).exec()
      // Everything is there before the disk fills up, the worker too.
      expect(Array.from(await squares())).toEqual([1, 4, 9])
      const free = await fill(disk)
      await expect(squares()).rejects.toMatchObject({
        code: 'ENOSPC',
        retryable: true,
        message: expect.stringMatching(/disk is full.*free some space/),
      })
      const health = async (): Promise<number> => (await fetch(new URL('healthz', up.url))).status
      expect(await health()).toBe(503)
      const other = ['up', '--once', '--no-sample', '--sandboxes=0', '--port=0']
      const { status, err } = await manyhands(...other, `--data=${join(disk, 'other')}`)
      expect({ status, lines: err.trim().split('\n').length }).toEqual({ status: 1, lines: 1 })
      expect(err).toMatch(/disk is full.*free some space.*ENOSPC/)
      await free()
      expect(Array.from(await squares())).toEqual([1, 4, 9])
      expect(await health()).toBe(200)
    } finally {
      unmount()
    }
  })
})

describe('what keeps it from starting is one line that says what to do', () => {
  const refused = (...more: string[]): ReturnType<typeof manyhands> =>
    manyhands('up', '--once', '--no-sample', '--sandboxes=0', ...more)

  it('a port in use', async () => {
    const server = createServer()
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const { status, err } = await refused(`--port=${port}`, `--data=${join(directory, 'port')}`)
    server.close()
    expect({ status, lines: err.trim().split('\n').length }).toEqual({ status: 1, lines: 1 })
    expect(err).toMatch(new RegExp(`port ${port} .*taken.*--port.*EADDRINUSE`))
  })

  it('a data directory that is in use', async () => {
    const data = join(directory, 'locked')
    await using _first = await startManyhands('scheduler', '--port=0', `--data=${data}`)
    const { status, err } = await refused('--port=0', `--data=${data}`)
    expect({ status, lines: err.trim().split('\n').length }).toEqual({ status: 1, lines: 1 })
    expect(err).toMatch(/is used by process \d+.*--data.*EDATADIR/)
  })

  it('a data directory of a newer version', async () => {
    const data = join(directory, 'newer')
    await mkdir(data)
    await writeFile(join(data, 'version'), '99\n')
    const { status, err } = await refused('--port=0', `--data=${data}`)
    expect({ status, lines: err.trim().split('\n').length }).toEqual({ status: 1, lines: 1 })
    expect(err).toMatch(/newer version.*--data.*EDATADIR/)
  })

  it('a data directory that cannot be made', async () => {
    const file = join(directory, 'a-file')
    await writeFile(file, '')
    const { status, err } = await refused('--port=0', `--data=${join(file, 'data')}`)
    expect({ status, lines: err.trim().split('\n').length }).toEqual({ status: 1, lines: 1 })
    expect(err).toMatch(/cannot be used.*--data.*EDATADIR/)
  })
})
