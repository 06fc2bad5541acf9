/**
 * Group commit: works queue up in order, everything that waits becomes one transaction, and a work is
 * answered only after the commit that made it durable. No timer: an idle writer commits at once, and
 * what arrives meanwhile is the next group; what a work itself calls for joins its own.
 */
import { DcpError } from '@manyhands/protocol'
import type { SqliteDatabase } from 'kysely'

import { limits } from '../limits.ts'
import { databaseError } from './database-error.ts'

export type SqlValue = null | string | number | bigint | Uint8Array

/** What a work sees. Statements are prepared once; integers come back as BigInt. */
export interface Transaction {
  /** Runs a statement; the number of rows it changed. */
  run(sql: string, parameters?: readonly SqlValue[]): number
  all<Row>(sql: string, parameters?: readonly SqlValue[]): Row[]
}

export interface Writer extends AsyncDisposable {
  /**
   * Runs `work` in its turn inside a transaction that it may share with its neighbours; what it throws
   * undoes its own changes alone. Resolves after the commit. A work is synchronous: one that returns a
   * promise is undone and rejected, since its end would come after the commit.
   * @throws DcpError `EBUSY` when too much waits or the writer is closed, `ENOSPC` on a full disk.
   */
  write<T>(work: (tx: Transaction) => T): Promise<T>
  /** Looks at what is committed, at once; it must not write. Never call it inside a work. */
  read<T>(work: (tx: Transaction) => T): T
  /** Why the storage took no changes the last time there were any; undefined since it took some. */
  failure(): Error | undefined
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
  /** Whether the work that runs now has a savepoint: it gets one before its first statement. */
  let guarded = false
  let waiting: Entry[] = []
  let scheduled = false
  let closed = false
  let idle: (() => void)[] = []
  let failure: Error | undefined
  /** Of the group in progress: whether it changed anything, and what the storage did not take. */
  let changed = false
  let groupFailure: Error | undefined

  function execute(sql: string): void {
    db.prepare(sql).run([])
  }

  function guard(): void {
    if (guarded) return
    guarded = true
    execute('savepoint work')
  }

  const plain: Transaction = {
    run: (sql, parameters = []) => Number(db.prepare(sql).run(parameters).changes),
    all: <Row>(sql: string, parameters: readonly SqlValue[] = []) =>
      db.prepare(sql).all(parameters) as Row[],
  }
  const tx: Transaction = {
    run(sql, parameters) {
      guard()
      const changes = plain.run(sql, parameters)
      changed ||= changes > 0
      return changes
    },
    all<Row>(sql: string, parameters?: readonly SqlValue[]): Row[] {
      guard()
      return plain.all<Row>(sql, parameters)
    },
  }

  function schedule(): void {
    if (scheduled) return
    scheduled = true
    setImmediate(commitGroup)
  }

  function commitGroup(): void {
    scheduled = false
    // What was called for by the group before went with it.
    if (waiting.length === 0) return
    const group = waiting.splice(0, limits.groupMax)
    changed = false
    groupFailure = undefined
    if (waiting.length > 0) schedule()
    let outcomes: Outcome[]
    try {
      execute('begin immediate')
      outcomes = group.map(runOne)
      // What these works have called for is done in the same transaction.
      while (waiting.length > 0 && group.length < limits.groupMax) {
        const called = waiting.splice(0, limits.groupMax - group.length)
        group.push(...called)
        outcomes.push(...called.map(runOne))
      }
      execute('commit')
    } catch (cause) {
      undoGroup(group, cause)
      return
    }
    if (changed || groupFailure !== undefined) failure = groupFailure
    for (const [index, entry] of group.entries()) settle(entry, outcomes[index])
    reportIdle()
  }

  function runOne(entry: Entry): Outcome {
    guarded = false
    try {
      const value = entry.work(tx)
      if (isThenable(value)) throw new TypeError('a work for the database must not be asynchronous')
      if (guarded) execute('release work')
      return { value }
    } catch (error) {
      undoOne(error)
      const known = databaseError(error)
      // What is a work's own refusal, or its defect, is not translated.
      if (known !== error && known instanceof Error) groupFailure = known
      return { error: known }
    }
  }

  /** Throws the work's own error when its changes cannot be undone alone: then the group is lost. */
  function undoOne(error: unknown): void {
    if (!guarded) return
    try {
      execute('rollback to work')
      execute('release work')
    } catch {
      // After a full disk SQLite has already undone the whole transaction, savepoints and all.
      throw error
    }
    options.onRollback?.()
  }

  function undoGroup(group: readonly Entry[], cause: unknown): void {
    try {
      execute('rollback')
    } catch {
      // SQLite ends a transaction by itself after some failures; there is nothing left to undo then.
    }
    options.onRollback?.()
    const error = databaseError(cause)
    if (error instanceof Error) failure = error
    for (const entry of group) entry.reject(error)
    reportIdle()
  }

  function reportIdle(): void {
    if (waiting.length > 0) return
    const callbacks = idle
    idle = []
    for (const callback of callbacks) callback()
  }

  function close(): Promise<void> {
    closed = true
    if (waiting.length === 0) return Promise.resolve()
    return new Promise((resolve) => idle.push(resolve))
  }

  return {
    write<T>(work: (tx: Transaction) => T): Promise<T> {
      if (closed) return Promise.reject(new DcpError('EBUSY', 'the database is being closed'))
      if (waiting.length >= limits.queueMax) {
        return Promise.reject(
          new DcpError(
            'EBUSY',
            `more than ${limits.queueMax} changes wait for the database; try again`,
          ),
        )
      }
      return new Promise<T>((resolve, reject) => {
        waiting.push({ work, resolve: resolve as (value: unknown) => void, reject })
        schedule()
      })
    },
    read: (work) => work(plain),
    failure: () => failure,
    close,
    [Symbol.asyncDispose]: close,
  }
}

function settle(entry: Entry, outcome: Outcome | undefined): void {
  if (outcome === undefined) entry.reject(new Error('a work without outcome'))
  else if ('error' in outcome) entry.reject(outcome.error)
  else entry.resolve(outcome.value)
}

function isThenable(value: unknown): boolean {
  return typeof value === 'object' && value !== null && 'then' in value
}
