/** SQL of slices that failed: only they have a row. */
import type { Transaction } from '@manyhands/service'

export interface Trouble {
  readonly attempts: number
  /** How often it came back without anybody's fault. */
  readonly returns: number
  /** Keys of the workers it failed on. */
  readonly workers: readonly string[]
  readonly lastError: string
}

export function readTrouble(tx: Transaction, job: number, slice: number): Trouble {
  const rows = tx.all<{ attempts: bigint; returns: bigint; workers: string; last_error: string }>(
    'select attempts, returns, workers, last_error from slice_trouble where job = ? and slice = ?',
    [BigInt(job), BigInt(slice)],
  )
  const row = rows[0]
  if (row === undefined) return { attempts: 0, returns: 0, workers: [], lastError: '' }
  return {
    attempts: Number(row.attempts),
    returns: Number(row.returns),
    workers: JSON.parse(row.workers) as string[],
    lastError: row.last_error,
  }
}

export function writeTrouble(tx: Transaction, job: number, slice: number, trouble: Trouble): void {
  tx.run('insert or replace into slice_trouble values (?, ?, ?, ?, ?, ?)', [
    BigInt(job),
    BigInt(slice),
    BigInt(trouble.attempts),
    BigInt(trouble.returns),
    JSON.stringify(trouble.workers),
    trouble.lastError,
  ])
}
