/** SQL of jobs, their cursors, counters and groups. */
import type { Address, JobId, JobState } from '@manyhands/protocol'
import type { SqlValue, Transaction } from '@manyhands/service'
import type { InputKind, JobFacts } from './live-job.ts'

/** A job with its counters, as reports and live jobs need it. */
export interface JobRecord extends JobFacts {
  readonly state: JobState
  readonly closed: boolean
  readonly total: number
  readonly next: number
  readonly computed: number
  readonly seq: number
  readonly cpuMs: number
  readonly gpuMs: number
  readonly bytes: number
  readonly failures: number
  readonly timedMs: number
  readonly timedSlices: number
  readonly lastContact: number
  readonly needsKvin9: boolean
  readonly ended: number | null
}

type Row = Record<string, bigint | number | string | null>

const selectJob = `select j.*, c.next, p.computed, p.seq, p.cpu_ms, p.gpu_ms, p.bytes, p.failures,
  p.timed_ms, p.timed_slices from jobs j join job_cursor c on c.job = j.no join job_progress p on p.job = j.no`

export function findJob(tx: Transaction, name: string): JobRecord | undefined {
  const address = addressAlias(name)
  const sql =
    address === undefined ? `${selectJob} where j.id = ?` : `${selectJob} where j.alias = ?`
  return records(tx, sql, [address ?? name])[0]
}

export function getJob(tx: Transaction, no: number): JobRecord | undefined {
  return records(tx, `${selectJob} where j.no = ?`, [BigInt(no)])[0]
}

export function loadLiveJobs(tx: Transaction): JobRecord[] {
  return records(
    tx,
    `${selectJob} where j.state in ('new', 'estimation', 'running', 'paused') order by j.no`,
    [],
  )
}

/** Live jobs that an account pays, of one owner or of all. */
export function liveJobsPaidBy(
  tx: Transaction,
  payer: string,
  owner: string | undefined,
): JobRecord[] {
  return records(
    tx,
    `${selectJob} where j.state in ('new', 'estimation', 'running', 'paused')
      and j.payer = ?1 and (?2 is null or j.owner = ?2) order by j.no`,
    [payer, owner ?? null],
  )
}

export interface JobQuery {
  readonly owner: string
  readonly states?: readonly string[]
  readonly from?: number
  readonly to?: number
  readonly limit: number
}

export function listJobs(tx: Transaction, query: JobQuery): JobRecord[] {
  return records(
    tx,
    `${selectJob} where j.owner = ?1 and j.deployed >= ?2 and j.deployed <= ?3
      and (?4 is null or j.state in (select value from json_each(?4)))
      order by j.deployed, j.no limit ?5`,
    [
      query.owner,
      BigInt(Math.floor(query.from ?? 0)),
      BigInt(Math.floor(query.to ?? Number.MAX_SAFE_INTEGER)),
      query.states === undefined ? null : JSON.stringify(query.states),
      BigInt(query.limit),
    ],
  )
}

/** Jobs of an owner; of everybody without one. */
export function countJobs(tx: Transaction, owner: string | undefined): number {
  const rows =
    owner === undefined
      ? tx.all<{ n: bigint }>('select count(*) as n from jobs')
      : tx.all<{ n: bigint }>('select count(*) as n from jobs where owner = ?', [owner])
  return Number(rows[0]?.n ?? 0n)
}

export interface NewJob extends Omit<JobFacts, 'no'> {
  readonly state: JobState
  readonly closed: boolean
  readonly total: number
  readonly offer: unknown
  readonly digest: string
  readonly needsKvin9: boolean
  /** JSON text of what workers need to run it. */
  readonly artifacts: string
}

/** Writes a job and its counters; the number of its row. */
export function insertJob(tx: Transaction, job: NewJob): number {
  const rows = tx.all<{ no: bigint }>(
    `insert into jobs (id, alias, address, owner, payer, dialect, state, flags, closed, total,
      input_kind, requirements, requirements_object, worktime_name, worktime_version,
      estimation_slices, offer, name, description, link, digest, needs_kvin9, deployed, last_contact)
      values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) returning no`,
    [
      job.id,
      aliasOf(job.address),
      job.address,
      job.owner,
      job.payer,
      BigInt(job.dialect),
      job.state,
      BigInt(job.flags),
      job.closed ? 1n : 0n,
      BigInt(job.total),
      job.inputKind,
      BigInt(job.requirements),
      job.requirementsObject === undefined ? null : JSON.stringify(job.requirementsObject),
      job.worktimeName,
      job.worktimeVersion,
      job.estimationSlices === null ? null : BigInt(job.estimationSlices),
      JSON.stringify(job.offer),
      job.name,
      job.description,
      job.link,
      job.digest,
      job.needsKvin9 ? 1n : 0n,
      BigInt(job.deployed),
      BigInt(job.deployed),
    ],
  )
  const no = rows[0]?.no ?? 0n
  tx.run('insert into job_artifacts values (?, ?)', [no, job.artifacts])
  tx.run('insert into job_cursor values (?, 1)', [no])
  tx.run('insert into job_progress values (?, 0, 0, 0.0, 0, 0, 0.0, 0.0, 0.0)', [no])
  return Number(no)
}

export function jobDigest(tx: Transaction, no: number): string | undefined {
  const sql = 'select digest from jobs where no = ?'
  return tx.all<{ digest: string }>(sql, [BigInt(no)])[0]?.digest
}

export function jobOffer(tx: Transaction, no: number): unknown {
  const rows = tx.all<{ offer: string }>('select offer from jobs where no = ?', [BigInt(no)])
  return rows[0] === undefined ? undefined : JSON.parse(rows[0].offer)
}

export function readArtifacts(tx: Transaction, no: number): string | undefined {
  const sql = 'select body from job_artifacts where job = ?'
  return tx.all<{ body: string }>(sql, [BigInt(no)])[0]?.body
}

export function writeState(tx: Transaction, no: number, state: JobState): void {
  tx.run('update jobs set state = ? where no = ?', [state, BigInt(no)])
}

export function writeClosed(tx: Transaction, no: number): void {
  tx.run('update jobs set closed = 1 where no = ?', [BigInt(no)])
}

export function writeTotal(tx: Transaction, no: number, total: number, now: number): void {
  tx.run('update jobs set total = ?, last_contact = ? where no = ?', [
    BigInt(total),
    BigInt(now),
    BigInt(no),
  ])
}

export function writeNeedsKvin9(tx: Transaction, no: number): void {
  tx.run('update jobs set needs_kvin9 = 1 where no = ?', [BigInt(no)])
}

export function writeContact(tx: Transaction, no: number, now: number): void {
  tx.run('update jobs set last_contact = ? where no = ?', [BigInt(now), BigInt(no)])
}

export function writeEnd(tx: Transaction, no: number, state: JobState, now: number): void {
  tx.run('update jobs set state = ?, closed = 1, ended = ? where no = ?', [
    state,
    BigInt(now),
    BigInt(no),
  ])
}

export function writeCursor(tx: Transaction, no: number, next: number): void {
  tx.run('update job_cursor set next = ? where job = ?', [BigInt(next), BigInt(no)])
}

export interface Progress {
  readonly no: number
  readonly computed: number
  readonly seq: number
  readonly cpuMs: number
  readonly gpuMs: number
  readonly bytes: number
  readonly failures: number
  readonly timing: { readonly ms: number; readonly slices: number }
}

export function writeProgress(tx: Transaction, job: Progress): void {
  tx.run(
    `update job_progress set computed = ?, seq = ?, cpu_ms = ?, gpu_ms = ?, bytes = ?,
      failures = ?, timed_ms = ?, timed_slices = ? where job = ?`,
    [
      BigInt(job.computed),
      BigInt(job.seq),
      job.cpuMs,
      job.gpuMs,
      BigInt(job.bytes),
      BigInt(job.failures),
      job.timing.ms,
      job.timing.slices,
      BigInt(job.no),
    ],
  )
}

export function addGroup(tx: Transaction, no: number, group: string): void {
  tx.run('insert or ignore into job_groups values (?, ?)', [BigInt(no), group])
}

export function groupsOf(tx: Transaction, no: number): string[] {
  const sql = 'select group_id from job_groups where job = ?'
  return tx.all<{ group_id: string }>(sql, [BigInt(no)]).map((row) => row.group_id)
}

/** Jobs that ended before a time, oldest first. */
export function jobsEndedBefore(tx: Transaction, time: number, limit: number): number[] {
  const sql = 'select no from jobs where ended < ? order by ended limit ?'
  return tx.all<{ no: bigint }>(sql, [BigInt(time), BigInt(limit)]).map((row) => Number(row.no))
}

export function deleteJob(tx: Transaction, no: number): void {
  for (const table of jobTables) tx.run(`delete from ${table} where job = ?`, [BigInt(no)])
  tx.run('delete from jobs where no = ?', [BigInt(no)])
}

const jobTables = [
  'job_artifacts',
  'job_cursor',
  'job_progress',
  'job_groups',
  'piles',
  'leases',
  'holes',
  'slice_trouble',
  'results',
  'payments',
  'events',
  'deliveries',
]

/** The form in which an address is looked up: 40 lower-case digits; undefined for anything else. */
export function addressAlias(name: string): string | undefined {
  const match = /^(?:0x)?([0-9a-fA-F]{40})$/.exec(name)
  return match?.[1]?.toLowerCase()
}

function aliasOf(address: Address): string {
  return address.slice(2).toLowerCase()
}

function records(tx: Transaction, sql: string, parameters: readonly SqlValue[]): JobRecord[] {
  return tx.all<Row>(sql, parameters).map(recordOf)
}

function recordOf(row: Row): JobRecord {
  const text = (name: string): string => String(row[name])
  const number = (name: string): number => Number(row[name])
  const object = row['requirements_object']
  return {
    no: number('no'),
    id: text('id') as JobId,
    address: text('address') as Address,
    owner: text('owner') as Address,
    payer: text('payer') as Address,
    dialect: number('dialect'),
    state: text('state') as JobState,
    flags: number('flags'),
    closed: row['closed'] === 1n,
    total: number('total'),
    inputKind: text('input_kind') as InputKind,
    requirements: number('requirements'),
    requirementsObject: typeof object === 'string' ? JSON.parse(object) : undefined,
    worktimeName: text('worktime_name'),
    worktimeVersion: text('worktime_version'),
    estimationSlices: row['estimation_slices'] === null ? null : number('estimation_slices'),
    name: text('name'),
    description: text('description'),
    link: text('link'),
    deployed: number('deployed'),
    lastContact: number('last_contact'),
    needsKvin9: row['needs_kvin9'] === 1n,
    ended: row['ended'] === null ? null : number('ended'),
    next: number('next'),
    computed: number('computed'),
    seq: number('seq'),
    cpuMs: number('cpu_ms'),
    gpuMs: number('gpu_ms'),
    bytes: number('bytes'),
    failures: number('failures'),
    timedMs: number('timed_ms'),
    timedSlices: number('timed_slices'),
  }
}
