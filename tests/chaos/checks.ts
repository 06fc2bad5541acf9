/** What must be true after a job, whatever was killed while it ran. Each check names what is wrong. */
import { openDatabase } from '@manyhands/service'

import type { ClientLine } from './client-program.ts'
import { type InputKind, expectedOf, sliceCount } from './job.ts'

function describeSlices(slices: readonly number[]): string {
  const shown = slices.slice(0, 5).join(', ')
  return slices.length > 5 ? `${shown} and ${slices.length - 5} more` : shown
}

function slicesWhere(condition: (slice: number) => boolean): number[] {
  return Array.from({ length: sliceCount }, (_, index) => index + 1).filter(condition)
}

function complain(what: string, slices: readonly number[]): string[] {
  return slices.length === 0 ? [] : [`${slices.length} slices ${what}: ${describeSlices(slices)}`]
}

/** The client saw every slice once, with its right value, and has them all in its result list. */
export function checkClient(lines: readonly ClientLine[], kind: InputKind): string[] {
  const times = new Map<number, number>()
  const wrong: number[] = []
  let list: readonly unknown[] | undefined
  for (const line of lines) {
    if ('done' in line) list = line.done
    if (!('result' in line)) continue
    const [slice, value] = line.result
    times.set(slice, (times.get(slice) ?? 0) + 1)
    if (value !== expectedOf(slice, kind)) wrong.push(slice)
  }
  if (list === undefined) return ['the client got no result list']
  const results = list
  return [
    ...complain(
      'were never told to the client',
      slicesWhere((slice) => !times.has(slice)),
    ),
    ...complain(
      'were told more than once',
      slicesWhere((slice) => (times.get(slice) ?? 0) > 1),
    ),
    ...complain('were told with a wrong value', wrong),
    ...complain(
      'are wrong in the result list',
      slicesWhere((slice) => results[slice - 1] !== expectedOf(slice, kind)),
    ),
    ...(results.length === sliceCount ? [] : [`the result list has ${results.length} elements`]),
  ]
}

/** One row; integers come as BigInt. */
type Row = Readonly<Record<string, bigint | string | null>>

const questions = {
  job: 'select id, state, total from jobs',
  results:
    'select count(*) as n, count(distinct slice) as slices, count(distinct seq) as seqs, min(slice) as first, max(slice) as last from results',
  progress: 'select computed, seq from job_progress',
  leases: 'select count(*) as n from leases where ended is null',
  holes: 'select count(*) as n from holes',
  // What was killed is the fault of no slice.
  trouble: 'select coalesce(sum(attempts), 0) as n from slice_trouble',
  payments: 'select coalesce(sum(slices), 0) as n from payments',
} as const

/** What the scheduler kept, read after it was closed; `job` is undefined when none may be there. */
export async function checkDatabase(file: string, job: string | undefined): Promise<string[]> {
  await using database = openDatabase({ file })
  const answers = Object.fromEntries(
    Object.entries(questions).map(([name, sql]) => [
      name,
      database.raw.prepare(sql).all([]) as Row[],
    ]),
  )
  const wrong: string[] = []
  const expect = (name: keyof typeof questions, expected: Row): void => {
    const rows = answers[name] ?? []
    for (const [column, value] of Object.entries(expected)) {
      const found = rows.map((row) => String(row[column])).join(', ')
      if (found !== String(value))
        wrong.push(`${name}.${column} is ${found || 'missing'}, not ${value}`)
    }
  }
  const all = BigInt(sliceCount)
  if (job === undefined) {
    if ((answers.job ?? []).length > 0) wrong.push('there is a job that the scheduler denied')
    return wrong
  }
  expect('job', { id: job, state: 'finished', total: all })
  expect('results', { n: all, slices: all, seqs: all, first: 1n, last: all })
  expect('progress', { computed: all })
  expect('leases', { n: 0n })
  expect('holes', { n: 0n })
  expect('trouble', { n: 0n })
  expect('payments', { n: all })
  return wrong
}
