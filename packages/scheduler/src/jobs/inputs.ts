/** Where the input of a slice comes from: an upload, a range, a pattern of locations, a local file. */
import { DcpError, parseInputRange, slicesIn } from '@manyhands/protocol'
import type { InputRange, SliceSet } from '@manyhands/protocol'
import { createByteCache } from '@manyhands/service'
import type { Transaction } from '@manyhands/service'
import { artifactCacheBytes, taskBytesMax } from '../limits.ts'
import type { AbsentValue, PartialValues } from '../values/row-value.ts'
import { readArtifacts } from './jobs-store.ts'
import type { LiveJob } from './live-job.ts'
import { lengthIn, readRun, shelvedIn } from './pile-part.ts'
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
  /** Locations on the owner's machine: one for each slice, … */
  readonly localUris?: readonly string[]
  /** … or that of the range they are elements of. */
  readonly localRange?: string
  readonly resultStorage?: {
    readonly details: string
    readonly params: Readonly<Record<string, string>>
  }
}

/** Prepared values in the order of the slices; fewer than asked for when they are long. */
export interface SliceValues extends PartialValues {
  /** Characters of all of them. */
  readonly bytes: number
}

export interface Inputs {
  artifacts(tx: Transaction, job: { readonly no: number }): Artifacts
  /** The range, when workers may compute the values themselves. */
  sharedRange(tx: Transaction, job: LiveJob): unknown
  /** Values of slices, from the first on, until `taskBytesMax`; at least one. */
  values(tx: Transaction, job: LiveJob, slices: SliceSet): SliceValues
  /** Location of a slice's input on its owner's machine, if it has one of its own. */
  location(tx: Transaction, job: LiveJob, slice: number): string | undefined
  clear(): void
}

/** Jobs whose parsed range is kept. */
const rangesMax = 1000

export function createInputs(): Inputs {
  const piles = createPiles()
  const ranges = new Map<number, InputRange>()
  const artifactCache = createByteCache<Artifacts>(artifactCacheBytes)

  function artifacts(tx: Transaction, { no }: { readonly no: number }): Artifacts {
    const known = artifactCache.get(String(no))
    if (known !== undefined) return known
    const text = readArtifacts(tx, no)
    if (text === undefined) throw new DcpError('ENOENT', 'the job is gone')
    const parsed = JSON.parse(text) as Artifacts
    artifactCache.put(String(no), parsed, text.length)
    return parsed
  }

  function range(tx: Transaction, job: LiveJob): InputRange {
    const known = ranges.get(job.no)
    if (known !== undefined) return known
    const parsed = parseInputRange(artifacts(tx, job).dataRange)
    if (ranges.size >= rangesMax) ranges.clear()
    ranges.set(job.no, parsed)
    return parsed
  }

  function rangeValues(tx: Transaction, job: LiveJob, slices: SliceSet): SliceValues {
    const described = range(tx, job)
    const values: unknown[] = []
    let bytes = 0
    for (const slice of slicesIn(slices)) {
      const text = described.elementText(slice)
      if (bytes + text.length > taskBytesMax && values.length > 0) break
      bytes += text.length
      values.push(JSON.parse(text))
    }
    return { values, absent: [], bytes }
  }

  /** Locations: whoever computes a slice fetches its input from there. */
  function patternValues(tx: Transaction, job: LiveJob, slices: SliceSet): SliceValues {
    const pattern = artifacts(tx, job).dataPattern ?? ''
    const values: unknown[] = []
    let bytes = 0
    for (const slice of slicesIn(slices)) {
      const location = pattern.replace(/\{slice\}|%7Bslice%7D/gi, String(slice))
      if (bytes + location.length > taskBytesMax && values.length > 0) break
      bytes += location.length
      values.push({ ctr: 18, ps: {}, arg: location })
    }
    return { values, absent: [], bytes }
  }

  function pileValues(tx: Transaction, job: LiveJob, slices: SliceSet): SliceValues {
    const values: unknown[] = []
    const absent: AbsentValue[] = []
    let bytes = 0
    for (const [first, last] of slices) {
      for (let slice = first; slice <= last;) {
        const part = piles.part(tx, job.no, slice)
        if (part === undefined) throw new Error(`slice ${slice} of job ${job.id} has no input`)
        let next = slice
        for (; next <= Math.min(last, part.last); next++) {
          const length = lengthIn(part, next)
          if (bytes + length > taskBytesMax && values.length + next - slice > 0) break
          bytes += length
        }
        const shelved = shelvedIn(part)
        if (next === slice) return { values, absent, bytes }
        if (shelved === undefined) values.push(...readRun(part, slice, next - 1))
        else absent.push({ ...shelved, index: values.push(null) - 1 })
        slice = next
      }
    }
    return { values, absent, bytes }
  }

  return {
    artifacts,
    sharedRange(tx, job) {
      if (job.inputKind !== 'range') return undefined
      const parsed = range(tx, job)
      return parsed.safe ? parsed.toWire() : undefined
    },
    values(tx, job, slices) {
      if (job.inputKind === 'range') return rangeValues(tx, job, slices)
      if (job.inputKind === 'pattern') return patternValues(tx, job, slices)
      return pileValues(tx, job, slices)
    },
    location(tx, job, slice) {
      if (job.inputKind !== 'local') return undefined
      return artifacts(tx, job).localUris?.[slice - 1]
    },
    clear() {
      piles.clear()
      ranges.clear()
      artifactCache.clear()
    },
  }
}
