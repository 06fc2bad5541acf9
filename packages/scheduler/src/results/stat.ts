/** When the results of a job were given out to be computed, and when they came. */
import { DcpError } from '@manyhands/protocol'
import type { SliceSet } from '@manyhands/protocol'
import type { Transaction } from '@manyhands/service'
import { statSlicesMax } from '../limits.ts'

export interface ResultStat {
  readonly slice: number
  /** Milliseconds since 1970; absent for results of before this was noted. */
  readonly distributedTime?: number
  readonly computedTime: number
  readonly payment: string
}

interface StatRow {
  readonly slice: bigint
  readonly issued: bigint | null
  readonly at: bigint
}

/** @throws DcpError `ETOOBIG` naming what to ask for first. */
export function statResults(
  tx: Transaction,
  job: number,
  slices: SliceSet | undefined,
): ResultStat[] {
  const runs = slices ?? [[1, Number.MAX_SAFE_INTEGER]]
  const rows = tx.all<StatRow>(
    `select r.slice, p.issued, p.at from json_each(?2) run
      cross join results r on r.job = ?1 and r.slice between run.value ->> 0 and run.value ->> 1
      join payments p on p.id = r.payment
      where coalesce(r.value, r.shelved) is not null order by r.slice limit ?3`,
    [BigInt(job), JSON.stringify(runs), BigInt(statSlicesMax + 1)],
  )
  if (rows.length <= statSlicesMax) return rows.map(statOf)
  const first = Number(rows[0]?.slice ?? 1n)
  const last = Number(rows.at(-2)?.slice ?? 1n)
  const message = `more than ${statSlicesMax} results: ask for slices ${first} to ${last} first`
  throw new DcpError('ETOOBIG', message)
}

function statOf({ slice, issued, at }: StatRow): ResultStat {
  return {
    slice: Number(slice),
    ...(issued === null ? {} : { distributedTime: Number(issued) }),
    computedTime: Number(at),
    payment: '0',
  }
}
