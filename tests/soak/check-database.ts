/** What the scheduler must have kept of a soak, read after it was closed. */
import { openDatabase } from '@manyhands/service'

const questions = {
  'jobs that are finished': "select count(*) as n from jobs where state = 'finished'",
  'jobs that are not': "select count(*) as n from jobs where state <> 'finished'",
  results: 'select count(*) as n from results',
  'slices that were paid': 'select coalesce(sum(slices), 0) as n from payments',
  'leases that are open': 'select count(*) as n from leases where ended is null',
  'slices to be issued again': 'select count(*) as n from holes',
} as const

export async function checkDatabase(
  file: string,
  jobs: number,
  slices: number,
): Promise<readonly string[]> {
  await using database = openDatabase({ file })
  const expected: Readonly<Record<keyof typeof questions, number>> = {
    'jobs that are finished': jobs,
    'jobs that are not': 0,
    results: slices,
    'slices that were paid': slices,
    'leases that are open': 0,
    'slices to be issued again': 0,
  }
  return Object.entries(questions).flatMap(([what, sql]) => {
    const [row] = database.raw.prepare(sql).all([]) as { n: bigint }[]
    const found = Number(row?.n)
    const wanted = expected[what as keyof typeof questions]
    return found === wanted ? [] : [`${what}: ${found}, not ${wanted}`]
  })
}
