/**
 * The lock of a data directory. The system itself holds it, by SQLite's exclusive lock on the empty file
 * `lock`, and lets it go when the process ends in whatever way; so there is no stale lock to judge. The
 * file `lock.pid` only tells people who holds it.
 */
import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { DcpError, isDcpError } from '@manyhands/protocol'

import { databaseError } from './database/database-error.ts'
import { openSqlite } from './database/open.ts'

export interface DirectoryLock {
  /** Idempotent. */
  release(): Promise<void>
}

/** The process named in `lock.pid`, which may be gone again, or be of another container. */
async function holderOf(pidFile: string): Promise<number | undefined> {
  try {
    const pid = Number((await readFile(pidFile, 'utf8')).trim())
    return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined
  } catch {
    // The holder has not written it yet: its lock counts all the same.
    return undefined
  }
}

function inUse(directory: string, pid: number | undefined, cause: unknown): DcpError {
  const holder = pid === undefined ? 'another process' : `process ${pid}`
  return new DcpError(
    'EDATADIR',
    `the data directory ${directory} is used by ${holder}: ` +
      'stop that one, or choose another directory with --data',
    { cause, details: { directory, ...(pid === undefined ? {} : { pid }) } },
  )
}

/** The function that lets go. Throws EBUSY when the file is locked. */
function lockFile(file: string): () => void {
  try {
    const raw = openSqlite(file, { journal: 'delete', busyMs: 0 })
    try {
      raw.prepare('begin exclusive').run([])
    } catch (error) {
      raw.close()
      throw error
    }
    return () => {
      // Closing alone may keep the file open until statements are collected.
      raw.prepare('rollback').run([])
      raw.close()
    }
  } catch (error) {
    throw databaseError(error, file)
  }
}

/** Throws EDATADIR naming the process that uses the directory. */
export async function lockDirectory(directory: string): Promise<DirectoryLock> {
  const pidFile = join(directory, 'lock.pid')
  let unlock: () => void
  try {
    unlock = lockFile(join(directory, 'lock'))
  } catch (error) {
    if (!isDcpError(error, 'EBUSY')) throw error
    throw inUse(directory, await holderOf(pidFile), error)
  }
  try {
    await writeFile(pidFile, `${process.pid}\n`, { mode: 0o600 })
  } catch (error) {
    unlock()
    throw error
  }
  let released: Promise<void> | undefined
  async function release(): Promise<void> {
    await rm(pidFile, { force: true })
    unlock()
  }
  return { release: () => (released ??= release()) }
}
