/** Where the input of a slice comes from: an upload, a range, a pattern of locations, a local file. */
import { DcpError, parseInputRange, slicesIn } from '@manyhands/protocol'
import type { InputRange, SliceSet } from '@manyhands/protocol'
import type { Transaction } from '@manyhands/service'
import { taskBytesMax } from '../limits.ts'
import { readArtifacts } from './jobs-store.ts'
import type { LiveJob } from './live-job.ts'
import { createPiles } from './piles.ts'

/** What `submit` said of a job, as it is stored. */
export interface Artifacts {
  readonly workFunctionURI: string
  readonly marshaledArguments: unknown
  readonly requirePath: readonly string[]
  readonly modulePath: readonly string[]
  readonly dependencies: readonly string[]
  readonly useStrict: boolean
  readonly workerConsole: boolean
  /** A range, with the seed that was drawn for its random distributions. */
  readonly dataRange?: unknown
  readonly dataPattern?: string
  readonly localUris?: readonly string[]
  readonly resultStorage?: {
    readonly details: string
    readonly params: Readonly<Record<string, string>>
  }
}

interface SliceValues {
  /** Prepared KVIN values, in the order of the slices; shorter than asked for when they are long. */
  readonly values: readonly unknown[]
}

export interface Inputs {
  artifacts(tx: Transaction, job: { readonly no: number }): Artifacts
  /** The range, when workers may compute the values themselves. */
  sharedRange(tx: Transaction, job: LiveJob): unknown
  /** Values of slices, from the first on, until `taskBytesMax`; at least one. */
  values(tx: Transaction, job: LiveJob, slices: SliceSet): SliceValues
  /** Location of a slice's input; undefined for literal values. */
  location(tx: Transaction, job: LiveJob, slice: number): string | undefined
  clear(): void
}

/** Jobs whose parsed range is kept. */
const rangesMax = 1000

export function createInputs(): Inputs {
  const piles = createPiles()
  const ranges = new Map<number, InputRange>()

  function artifacts(tx: Transaction, job: { readonly no: number }): Artifacts {
    const text = readArtifacts(tx, job.no)
    if (text === undefined) throw new DcpError('ENOENT', 'the job is gone')
    return JSON.parse(text) as Artifacts
  }

  function range(tx: Transaction, job: LiveJob): InputRange {
    const known = ranges.get(job.no)
    if (known !== undefined) return known
    const parsed = parseInputRange(artifacts(tx, job).dataRange)
    if (ranges.size >= rangesMax) ranges.clear()
    ranges.set(job.no, parsed)
    return parsed
  }

  function* prepared(tx: Transaction, job: LiveJob, slices: SliceSet): Iterable<Measured> {
    for (const slice of slicesIn(slices)) {
      if (job.inputKind === 'range') {
        const text = range(tx, job).elementText(slice)
        yield { value: JSON.parse(text), bytes: text.length }
      } else {
        const part = piles.part(tx, job.no, slice)
        if (part === undefined) throw new Error(`slice ${slice} of job ${job.id} has no input`)
        yield { value: part.values[slice - part.first], bytes: part.meanBytes }
      }
    }
  }

  return {
    artifacts,
    sharedRange(tx, job) {
      if (job.inputKind !== 'range') return undefined
      const parsed = range(tx, job)
      return parsed.safe ? parsed.toWire() : undefined
    },
    values(tx, job, slices) {
      const values: unknown[] = []
      let bytes = 0
      for (const one of prepared(tx, job, slices)) {
        bytes += one.bytes
        if (bytes > taskBytesMax && values.length > 0) break
        values.push(one.value)
      }
      return { values }
    },
    location(tx, job, slice) {
      if (job.inputKind === 'pattern') {
        const pattern = artifacts(tx, job).dataPattern ?? ''
        return pattern.replace(/\{slice\}|%7Bslice%7D/gi, String(slice))
      }
      if (job.inputKind !== 'local') return undefined
      const uris = artifacts(tx, job).localUris ?? []
      return uris.length === 1 ? uris[0] : uris[slice - 1]
    },
    clear() {
      piles.clear()
      ranges.clear()
    },
  }
}

interface Measured {
  readonly value: unknown
  readonly bytes: number
}
