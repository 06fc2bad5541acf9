// The sample job: a search for the few measurements that best tell two diagnoses apart. Deploys it
// through whatever Compute API it is given and writes the answer as a table, a file and a picture.
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { drawRanking } from './picture.ts'
import { rankingCsv, rankingTable, rankSignatures } from './ranking.ts'
import { scoreSignatures, type Signature } from './score-signatures.ts'
import { readTumours } from './tumours.ts'

/** How many slices the sample job has; the range is 1 to this number. */
export const sampleSlices = 1000

/** How many signatures each slice scores. */
export const signaturesPerSlice = 8

/** The part of a job handle that the sample job uses. */
export interface SampleJob {
  on(event: 'result', listener: () => void): unknown
  exec(): Promise<ArrayLike<unknown>>
  public?: { name?: string; description?: string; link?: string }
}

/** The part of the Compute API that the sample job uses. */
export interface SampleCompute {
  for(
    start: number,
    end: number,
    work: typeof scoreSignatures,
    workArguments: readonly unknown[],
  ): SampleJob
}

export interface SampleJobOptions {
  readonly compute: SampleCompute
  /** Where the files go; made when it does not exist. */
  readonly outDirectory: string
  /** Called for each result that arrives. */
  readonly onProgress?: (done: number, total: number) => void
  /** Fewer slices for a quick look; `sampleSlices` otherwise. At least 30, for the baseline. */
  readonly slices?: number
}

export interface SampleAnswer {
  /** The ten best signatures, as text. */
  readonly table: string
  readonly svgPath: string
  readonly csvPath: string
  readonly best: Signature
}

/** Deploys the sample job, waits for it and writes `signatures.svg` and `signatures.csv`. */
export async function runSampleJob(options: SampleJobOptions): Promise<SampleAnswer> {
  const { compute, outDirectory, onProgress, slices = sampleSlices } = options
  const { names, measurements, diagnoses } = await readTumours()
  const job = compute.for(1, slices, scoreSignatures, [measurements, diagnoses, signaturesPerSlice])
  job.public = {
    name: 'Signature search',
    description: 'Random signatures of measured variables that tell two diagnoses apart',
  }
  let done = 0
  job.on('result', () => {
    done += 1
    onProgress?.(done, slices)
  })
  const results = await job.exec()
  const ranking = rankSignatures(Array.from(results, parseSignatures), names.length)
  const [best] = ranking.signatures
  if (best === undefined) throw new Error('no signature was scored')

  const svgPath = join(outDirectory, 'signatures.svg')
  const csvPath = join(outDirectory, 'signatures.csv')
  await mkdir(outDirectory, { recursive: true })
  await writeFile(svgPath, drawRanking(ranking, names))
  await writeFile(csvPath, rankingCsv(ranking, names))
  return { table: rankingTable(ranking, names), svgPath, csvPath, best }
}

/** Checks that a result has the form the work function returns; workers are strangers. */
function parseSignatures(result: unknown, index: number): readonly Signature[] {
  if (Array.isArray(result) && result.every(isSignature)) return result
  throw new Error(`slice ${index + 1} returned something that is not a list of signatures`)
}

function isSignature(value: unknown): value is Signature {
  if (typeof value !== 'object' || value === null) return false
  if (!('variables' in value && 'auc' in value && 'accuracy' in value)) return false
  const { variables, auc, accuracy } = value
  return Array.isArray(variables) && Number.isFinite(auc) && Number.isFinite(accuracy)
}
