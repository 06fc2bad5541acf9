/**
 * Values as files of one directory, each named by its key. A file gets its name when its content is
 * on the disk, and the directory is flushed before the name is told to anybody, so that a row never
 * names a file that a power failure could take.
 */
import { type FileHandle, mkdir, open, opendir, rename, rm, stat, utimes } from 'node:fs/promises'
import { join } from 'node:path'

import { type Clock, DcpError, type Logger } from '@manyhands/protocol'
import { utf8Text } from '@manyhands/protocol/node'

import { limits } from '../limits.ts'
import { createGate } from './gate.ts'
import { createHeldKeys } from './held-keys.ts'
import { createRecentTexts } from './recent-texts.ts'
import { createRepeater } from './repeater.ts'
import { valueKey } from './value-key.ts'
import { type ValueStore, isValueKey } from './value-store.ts'

export interface FileValueStoreOptions {
  /** Made when it is missing; its parent is not. */
  readonly directory: string
  /** Whoever does not know it cannot guess keys. It must stay the same as long as the values. */
  readonly secret: Uint8Array
}

export interface FileValueStoreDeps {
  readonly clock: Clock
  readonly logger: Logger
}

/** Ends the name of a file that is being written. */
const unfinished = '.new'

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException | null)?.code
}

function translate(error: unknown): unknown {
  const code = codeOf(error)
  if (code === 'ENOSPC' || code === 'EDQUOT' || code === 'EIO') {
    const message = 'a value cannot be written: the disk is full or failing. Nothing was stored'
    return new DcpError('ENOSPC', `${message}; free some space`, { cause: error })
  }
  if (code === 'EMFILE' || code === 'ENFILE') {
    const message = 'too many files are open on this computer; try again'
    return new DcpError('EBUSY', message, { cause: error })
  }
  return error
}

async function makeDirectory(directory: string): Promise<void> {
  try {
    await mkdir(directory, { mode: 0o700 })
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    const message = `the directory ${directory} for values cannot be made`
    throw new DcpError('EDATADIR', message, { cause: error })
  }
}

/** @throws DcpError `EDATADIR` when the directory cannot be made. */
export async function openFileValueStore(
  { directory, secret }: FileValueStoreOptions,
  { clock, logger }: FileValueStoreDeps,
): Promise<ValueStore> {
  await makeDirectory(directory)
  const held = createHeldKeys()
  const gate = createGate(limits.valueFilesMax)
  const flushDirectory = createRepeater(async () => {
    const handle = await open(directory, 'r')
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  })
  const writes = new Map<string, Promise<void>>()
  const recent = createRecentTexts(limits.recentValuesLength)
  let count = 0

  const fileOf = (key: string): string => join(directory, key)

  /** True when the value is there; it is as good as new then. */
  async function renew(key: string): Promise<boolean> {
    const now = clock.now() / 1000
    try {
      await utimes(fileOf(key), now, now)
      return true
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return false
      throw error
    }
  }

  async function write(key: string, bytes: Uint8Array): Promise<void> {
    if (await renew(key)) return
    const half = fileOf(`${key}.${++count}${unfinished}`)
    const handle = await open(half, 'wx', 0o600)
    try {
      try {
        await handle.writeFile(bytes)
        const now = clock.now() / 1000
        await handle.utimes(now, now)
        await handle.sync()
      } finally {
        await handle.close()
      }
      await rename(half, fileOf(key))
    } catch (error) {
      await rm(half, { force: true })
      throw error
    }
  }

  /** The same text from two requests is written once. */
  async function writeOnce(key: string, bytes: Uint8Array): Promise<void> {
    const running = writes.get(key)
    if (running !== undefined) return running
    const writing = gate(() => write(key, bytes)).finally(() => writes.delete(key))
    writes.set(key, writing)
    return writing
  }

  async function openFile(key: string): Promise<FileHandle> {
    if (!isValueKey(key)) throw new DcpError('ENOENT', 'there is no such value')
    try {
      return await open(fileOf(key), 'r')
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw translate(error)
      throw new DcpError('ENOENT', 'there is no such value')
    }
  }

  async function read(key: string): Promise<string> {
    return gate(async () => {
      const handle = await openFile(key)
      try {
        const text = recent.get(key)
        if (text !== undefined) return text
        // Decoding the whole takes a fraction of the time of decoding it in pieces.
        return utf8Text(await handle.readFile())
      } finally {
        await handle.close()
      }
    })
  }

  /** Names of old files, a number of them at a time. */
  async function* oldFiles(): AsyncIterable<string[]> {
    let names: string[] = []
    for await (const { name } of await opendir(directory)) {
      const { mtimeMs } = await stat(fileOf(name)).catch(() => ({ mtimeMs: Infinity }))
      if (clock.now() - mtimeMs <= limits.valueOrphanMs) continue
      names.push(name)
      if (names.length < limits.valueSweepFiles) continue
      yield names
      names = []
    }
    yield names
  }

  async function sweep(usedAmong: Parameters<ValueStore['sweep']>[0]): Promise<number> {
    let removed = 0
    for await (const names of oldFiles()) {
      for (const name of names) {
        if (name.endsWith(unfinished)) await rm(fileOf(name), { force: true })
      }
      const keys = names.filter((name) => isValueKey(name))
      const used = usedAmong(keys)
      // Nothing is awaited between the question and the last removal begun.
      const removals = keys
        .filter((key) => !used.has(key) && !held.isHeld(key))
        .map((key) => held.remove(key, () => rm(fileOf(key), { force: true })))
      await Promise.all(removals)
      removed += removals.length
    }
    if (removed > 0) logger.info('values that no row names were removed', { removed })
    return removed
  }

  async function close(): Promise<void> {
    await Promise.allSettled(writes.values())
  }

  return {
    async keep(text) {
      const bytes = Buffer.from(text)
      const key = await valueKey(secret, bytes)
      const release = await held.hold(key)
      try {
        await writeOnce(key, bytes)
        // Also for a file that was there: nobody knows whether its name has been flushed.
        await flushDirectory()
      } catch (error) {
        release()
        throw translate(error)
      }
      recent.add(key, text)
      return { key, release }
    },
    read,
    async open(key) {
      const handle = await openFile(key)
      try {
        const [{ size }, { buffer }] = await Promise.all([
          handle.stat(),
          handle.read(Buffer.alloc(1), 0, 1, 0),
        ])
        const stream = handle.createReadStream({ start: 0 })
        return { size, first: buffer.toString('latin1'), stream }
      } catch (error) {
        await handle.close()
        throw error
      }
    },
    sweep,
    close,
    [Symbol.asyncDispose]: close,
  }
}
