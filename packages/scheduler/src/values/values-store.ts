/** SQL of the names of values on the shelf. */
import type { Transaction } from '@manyhands/service'

/** Those of some names that a row names. */
export function usedAmong(tx: Transaction, keys: readonly string[]): ReadonlySet<string> {
  const rows = tx.all<{ key: string }>(
    `select asked.value as key from json_each(?1) asked where
      exists (select 1 from results where shelved = asked.value and shelved is not null)
      or exists (select 1 from piles where shelved = asked.value and shelved is not null)`,
    [JSON.stringify(keys)],
  )
  return new Set(rows.map(({ key }) => key))
}
