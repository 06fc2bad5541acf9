/**
 * Group commit: works queue up in order, everything that waits becomes one transaction, and a work is
 * answered only after the commit that made it durable. No timer: an idle writer commits at once, and
 * what arrives during a commit is the next group.
 */
import { DcpError, isDcpError } from '@manyhands/protocol'
import type { SqliteDatabase } from 'kysely'

/** Works of one transaction; more wait for the next, so that no answer waits for ever. */
const groupMax = 256

/** Works that may wait; past it a write is refused as EBUSY. */
const queueMax = 20_000

export type SqlValue = null | string | number | bigint | Uint8Array

/** What a work sees. Statements are prepared once; integers come back as BigInt. */
export interface Transaction {
  /** Runs a statement; the number of rows it changed. */
  run(sql: string, parameters?: readonly SqlValue[]): number
  all<Row>(sql: string, parameters?: readonly SqlValue[]): Row[]
}

export interface Writer {
  /**
   * Runs `work` in its turn inside a transaction that it may share with its neighbours; what it throws
   * undoes its own changes alone. Resolves after the commit.
   * @throws DcpError `EBUSY` when too much waits or the writer is closed, `ENOSPC` on a full disk.
   */
  write<T>(work: (tx: Transaction) => T): Promise<T>
  /** Finishes what waits, then refuses. */
  close(): Promise<void>
}

export interface WriterOptions {
  /** Called, before anything else runs, whenever changes of a work were undone: caches are stale. */
  readonly onRollback?: () => void
}

interface Entry {
  readonly work: (tx: Transaction) => unknown
  readonly resolve: (value: unknown) => void
  readonly reject: (error: unknown) => void
}

type Outcome = { readonly value: unknown } | { readonly error: unknown }

export function createWriter(db: SqliteDatabase, options: WriterOptions = {}): Writer {
  const tx: Transaction = {
    run: (sql, parameters = []) => Number(db.prepare(sql).run(parameters).changes),
    all: <Row>(sql: string, parameters: readonly SqlValue[] = []) =>
      db.prepare(sql).all(parameters) as Row[],
  }
  let waiting: Entry[] = []
  let scheduled = false
  let closed = false
  let idle: (() => void)[] = []

  function schedule(): void {
    if (scheduled) return
    scheduled = true
    setImmediate(commitGroup)
  }

  function commitGroup(): void {
    scheduled = false
    const group = waiting.splice(0, groupMax)
    if (waiting.length > 0) schedule()
    let outcomes: Outcome[]
    try {
      tx.run('begin immediate')
      outcomes = group.map(runOne)
      tx.run('commit')
    } catch (cause) {
      undoGroup(group, cause)
      return
    }
    for (const [index, entry] of group.entries()) settle(entry, outcomes[index])
    reportIdle()
  }

  function runOne(entry: Entry): Outcome {
    tx.run('savepoint work')
    try {
      const value = entry.work(tx)
      tx.run('release work')
      return { value }
    } catch (error) {
      // After a full disk SQLite has undone the whole transaction: this statement then throws, too.
      tx.run('rollback to work')
      tx.run('release work')
      options.onRollback?.()
      return { error: isDcpError(error) ? error : databaseError(error) }
    }
  }

  function undoGroup(group: readonly Entry[], cause: unknown): void {
    try {
      tx.run('rollback')
    } catch {
      // SQLite ends a transaction by itself after some failures; there is nothing left to undo then.
    }
    options.onRollback?.()
    const error = databaseError(cause)
    for (const entry of group) entry.reject(error)
    reportIdle()
  }

  function reportIdle(): void {
    if (waiting.length > 0) return
    const callbacks = idle
    idle = []
    for (const callback of callbacks) callback()
  }

  return {
    write<T>(work: (tx: Transaction) => T): Promise<T> {
      if (closed) return Promise.reject(new DcpError('EBUSY', 'the database is being closed'))
      if (waiting.length >= queueMax) {
        return Promise.reject(
          new DcpError('EBUSY', `more than ${queueMax} changes wait for the database; try again`),
        )
      }
      return new Promise<T>((resolve, reject) => {
        waiting.push({ work, resolve: resolve as (value: unknown) => void, reject })
        schedule()
      })
    },
    close(): Promise<void> {
      closed = true
      if (waiting.length === 0) return Promise.resolve()
      return new Promise((resolve) => idle.push(resolve))
    },
  }
}

function settle(entry: Entry, outcome: Outcome | undefined): void {
  if (outcome === undefined) entry.reject(new Error('a work without outcome'))
  else if ('error' in outcome) entry.reject(outcome.error)
  else entry.resolve(outcome.value)
}

/** Full, locked or broken storage is the operator's trouble and may pass; everything else is a defect. */
function databaseError(cause: unknown): unknown {
  const text = cause instanceof Error ? `${(cause as { code?: unknown }).code} ${cause.message}` : ''
  if (/SQLITE_FULL|disk is full/.test(text)) {
    return new DcpError('ENOSPC', 'the database or the disk is full; nothing was stored', { cause })
  }
  if (/SQLITE_(BUSY|LOCKED|IOERR|READONLY|CANTOPEN)|disk I\/O/.test(text)) {
    return new DcpError('EBUSY', 'the database cannot be written now; nothing was stored', { cause })
  }
  return cause
}
