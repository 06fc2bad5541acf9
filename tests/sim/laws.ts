// The laws of ARCHITECTURE.md, asked of what clients hold and of the database after everything ended.
import type { Database } from '@manyhands/service'

export interface DeliveredJob {
  readonly id: string | undefined
  readonly expected: readonly unknown[]
  readonly values: readonly unknown[] | undefined
  readonly trouble: unknown
}

interface JobRow {
  readonly no: bigint
  readonly state: string
  readonly total: bigint
  readonly computed: bigint
  readonly seq: bigint
}

function sameValues(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((value, at) => Object.is(value, right[at]))
}

function jobLaws(database: Database, job: DeliveredJob): string[] {
  const { id, expected, values, trouble } = job
  const told = trouble instanceof Error ? `${trouble.message}` : String(trouble)
  if (values === undefined) return [`job ${id ?? '?'}: the client got no results: ${told}`]
  const broken: string[] = []
  if (!sameValues(values, expected)) broken.push(`job ${id ?? '?'}: the client's results are wrong`)
  const all = <Row>(sql: string, ...parameters: (string | bigint)[]): Row[] =>
    database.raw.prepare(sql).all(parameters) as Row[]
  const [row] = all<JobRow>(
    `select no, state, total, computed, seq from jobs join job_progress on job = no where id = ?`,
    id ?? '',
  )
  if (row === undefined) return [...broken, `job ${id ?? '?'}: not in the database`]
  const count = BigInt(expected.length)
  const [results] = all<{ rows: bigint; slices: bigint; seqs: bigint; top: bigint }>(
    `select count(*) as rows, count(distinct slice) as slices, count(distinct seq) as seqs,
      max(seq) as top from results where job = ?`,
    row.no,
  )
  const [paid] = all<{ slices: bigint | null }>(
    `select sum(slices) as slices from payments where job = ?`,
    row.no,
  )
  const [leases] = all<{ open: bigint }>(
    `select count(*) as open from leases where job = ? and ended is null`,
    row.no,
  )
  const expect = (law: string, found: unknown, wanted: unknown): void => {
    if (found !== wanted)
      broken.push(`job ${id ?? '?'}: ${law}: ${String(found)}, not ${String(wanted)}`)
  }
  expect('state', row.state, 'finished')
  expect('slices', row.total, count)
  expect('law 3, computed', row.computed, count)
  expect('law 3, results', results?.rows, count)
  expect('law 3, distinct slices', results?.slices, count)
  expect('law 3, distinct positions', results?.seqs, count)
  expect('law 3, last position', results?.top, count)
  expect('law 4, slices paid for', paid?.slices, count)
  expect('law 5, open leases', leases?.open, 0n)
  return broken
}

/** What does not hold, in words; empty when every law does. */
export function brokenLaws(database: Database, jobs: readonly DeliveredJob[]): string[] {
  return jobs.flatMap((job) => jobLaws(database, job))
}
