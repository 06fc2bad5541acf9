import { execFileSync } from 'node:child_process'
import { mkdtemp, readdir, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'

import { type Clock, silentLogger, systemClock } from '@manyhands/protocol'
import { afterEach, describe, expect, it } from 'vitest'

import { limits } from '../limits.ts'
import { openFileValueStore } from './file-value-store.ts'
import { createGate } from './gate.ts'
import { createMemoryValueStore } from './memory-value-store.ts'
import { createRepeater } from './repeater.ts'
import type { ValueStore } from './value-store.ts'

interface MovedClock extends Clock {
  advance(ms: number): void
}

function movedClock(): MovedClock {
  let ahead = 0
  return {
    ...systemClock,
    now: () => systemClock.now() + ahead,
    advance(ms) {
      ahead += ms
    },
  }
}

const directories: string[] = []

async function temporaryDirectory(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'manyhands-values-'))
  directories.push(directory)
  return directory
}

afterEach(async () => {
  await Promise.all(directories.splice(0).map((path) => rm(path, { recursive: true })))
})

async function openFiles(directory: string, clock: Clock, secret = 7): Promise<ValueStore> {
  const options = { directory: join(directory, 'values'), secret: new Uint8Array(32).fill(secret) }
  return openFileValueStore(options, { clock, logger: silentLogger })
}

const adapters: readonly (readonly [string, (clock: Clock) => Promise<ValueStore>])[] = [
  ['in files', async (clock) => openFiles(await temporaryDirectory(), clock)],
  ['in memory', async (clock) => createMemoryValueStore({ clock })],
]

describe.each(adapters)('values %s', (_name, open) => {
  it('are read again as they were kept, piece by piece too', async () => {
    const store = await open(systemClock)
    const long = `"${'höhle\u{1f600}'.repeat(20_000)}"`
    const { key } = await store.keep(long)
    expect(key).toMatch(/^[0-9a-f]{64}$/)
    expect(await store.read(key)).toBe(long)
    const { size, first, stream } = await store.open(key)
    expect([size, first]).toEqual([Buffer.byteLength(long), '"'])
    expect(await text(stream)).toBe(long)
  })

  it('have one key for one text, and another for every other', async () => {
    const store = await open(systemClock)
    const kept = await Promise.all(['a', 'a', 'b'].map((one) => store.keep(one)))
    expect(kept[0]?.key).toBe(kept[1]?.key)
    expect(kept[2]?.key).not.toBe(kept[0]?.key)
  })

  it('are not there under keys that nobody gave them', async () => {
    const store = await open(systemClock)
    for (const key of ['f'.repeat(64), '../identity.key', '', 'constructor']) {
      await expect(store.read(key)).rejects.toMatchObject({ code: 'ENOENT' })
      await expect(store.open(key)).rejects.toMatchObject({ code: 'ENOENT' })
    }
  })

  it('are removed an hour after nobody needs them, unless they are used or held', async () => {
    const clock = movedClock()
    const store = await open(clock)
    const [used, unused, heldOne] = await Promise.all(
      ['used', 'unused', 'held'].map((one) => store.keep(one)),
    )
    used?.release()
    unused?.release()
    const usedAmong = (keys: readonly string[]): ReadonlySet<string> =>
      new Set(keys.filter((key) => key === used?.key))
    expect(await store.sweep(usedAmong)).toBe(0)
    clock.advance(limits.valueOrphanMs + 10_000)
    expect(await store.sweep(usedAmong)).toBe(1)
    await expect(store.read(unused?.key ?? '')).rejects.toMatchObject({ code: 'ENOENT' })
    expect(await store.read(used?.key ?? '')).toBe('used')
    expect(await store.read(heldOne?.key ?? '')).toBe('held')
    heldOne?.release()
    expect(await store.sweep(usedAmong)).toBe(1)
  })

  it('have their hour again when they are kept again', async () => {
    const clock = movedClock()
    const store = await open(clock)
    const before = await store.keep('again')
    before.release()
    clock.advance(limits.valueOrphanMs + 10_000)
    const after = await store.keep('again')
    after.release()
    // Twice released is once released.
    before.release()
    expect(await store.sweep(() => new Set())).toBe(0)
    expect(await store.read(after.key)).toBe('again')
  })
})

describe('a directory of values', () => {
  it('outlives the process, and names nothing without the secret', async () => {
    const directory = await temporaryDirectory()
    const { key } = await (await openFiles(directory, systemClock)).keep('lasting')
    expect(await (await openFiles(directory, systemClock)).read(key)).toBe('lasting')
    const other = await openFiles(await temporaryDirectory(), systemClock, 8)
    expect((await other.keep('lasting')).key).not.toBe(key)
  })

  it('holds one file for a text that came many times at once, for its owner alone', async () => {
    const directory = await temporaryDirectory()
    const store = await openFiles(directory, systemClock)
    const kept = await Promise.all(Array.from({ length: 100 }, (_, i) => store.keep(`${i % 4}`)))
    const files = await readdir(join(directory, 'values'))
    expect(files.toSorted()).toEqual([...new Set(kept.map(({ key }) => key))].toSorted())
    const { mode } = await stat(join(directory, 'values', files[0] ?? ''))
    expect(mode & 0o777).toBe(0o600)
  })

  it('loses what a crash left half written', async () => {
    const clock = movedClock()
    const directory = await temporaryDirectory()
    const store = await openFiles(directory, clock)
    await writeFile(join(directory, 'values', `${'0'.repeat(64)}.1.new`), 'ha')
    await writeFile(join(directory, 'values', 'note of the operator.txt'), 'mine')
    clock.advance(limits.valueOrphanMs + 10_000)
    expect(await store.sweep(() => new Set())).toBe(0)
    expect(await readdir(join(directory, 'values'))).toEqual(['note of the operator.txt'])
  })

  it('survives a value kept anew while it is being removed', async () => {
    const clock = movedClock()
    const store = await openFiles(await temporaryDirectory(), clock)
    for (let round = 0; round < 20; round++) {
      const { key, release } = await store.keep('contended')
      release()
      clock.advance(limits.valueOrphanMs + 10_000)
      const [again] = await Promise.all([store.keep('contended'), store.sweep(() => new Set())])
      expect(await store.read(key)).toBe('contended')
      again.release()
    }
  })
})

function mountSmallDisk(at: string): (() => void) | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'tmpfs', at], { stdio: 'ignore' })
    return () => execFileSync('umount', ['--lazy', at])
  } catch {
    return undefined
  }
}

describe('a full disk under values', () => {
  it('refuses what does not fit, leaves nothing of it, and recovers', async (context) => {
    const disk = await temporaryDirectory()
    const unmount = mountSmallDisk(disk)
    if (unmount === undefined) {
      context.skip('mounting a small file system needs root')
      return
    }
    try {
      const store = await openFiles(disk, systemClock)
      const { key } = await store.keep('a'.repeat(400_000))
      const tooMuch = 'b'.repeat(800_000)
      await expect(store.keep(tooMuch)).rejects.toMatchObject({ code: 'ENOSPC' })
      expect(await readdir(join(disk, 'values'))).toEqual([key])
      await rm(join(disk, 'values', key))
      expect(await store.read((await store.keep(tooMuch)).key)).toBe(tooMuch)
    } finally {
      unmount()
    }
  })
})

describe('a gate', () => {
  it('lets no more works run than it should, and all of them in the end', async () => {
    const gate = createGate(3)
    let running = 0
    let most = 0
    const works = Array.from({ length: 20 }, (_, index) =>
      gate(async () => {
        most = Math.max(most, ++running)
        await new Promise((resolve) => setImmediate(resolve))
        running -= 1
        if (index % 5 === 0) throw new Error('a work may fail')
        return index
      }),
    )
    const outcomes = await Promise.allSettled(works)
    expect(most).toBe(3)
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(16)
  })
})

describe('a repeater', () => {
  it('runs once for those who ask while it runs, never twice at the same time', async () => {
    let runs = 0
    let running = 0
    const ends: (() => void)[] = []
    const repeat = createRepeater(async () => {
      runs += 1
      running += 1
      expect(running).toBe(1)
      await new Promise<void>((resolve) => ends.push(resolve))
      running -= 1
    })
    const first = repeat()
    const later = [repeat(), repeat(), repeat()]
    ends.shift()?.()
    await first
    const latest = repeat()
    while (ends.length === 0) await Promise.resolve()
    ends.shift()?.()
    await Promise.all([...later, latest])
    expect(runs).toBe(2)
  })

  it('tells a failure to those who shared the run, and runs again', async () => {
    let runs = 0
    const repeat = createRepeater(async () => {
      runs += 1
      if (runs === 1) throw new Error('a flush failed')
    })
    const first = repeat()
    const second = repeat()
    await expect(first).rejects.toThrow('a flush failed')
    await second
    expect(runs).toBe(2)
  })
})
