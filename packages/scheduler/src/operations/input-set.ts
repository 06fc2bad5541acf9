/** The input set of a job as `submit` describes it (operations §15.4). */
import { DcpError, parseInputRange } from '@manyhands/protocol'
import type { Random, Submit2, Submit5 } from '@manyhands/protocol'
import type { Artifacts } from '../jobs/inputs.ts'
import type { InputKind } from '../jobs/live-job.ts'
import { readMember } from './call.ts'

export interface ParsedInput {
  readonly kind: InputKind
  /** Slices known at once; uploaded ones follow. */
  readonly total: number
  readonly artifacts: Partial<Artifacts>
}

const localSlicesMax = 1_000_000
const seedLength = 22

export function readInput(operation: string, data: Submit5 | Submit2, random: Random): ParsedInput {
  const { dataRange, dataPattern, marshaledDataValues, sliceCount = 0, rangeLength } = data
  if (marshaledDataValues !== undefined) return local(operation, marshaledDataValues)
  if (dataPattern !== undefined) {
    checkLocation(operation, 'dataPattern', dataPattern)
    return { kind: 'pattern', total: sliceCount, artifacts: { dataPattern } }
  }
  if (dataRange === undefined) return { kind: 'values', total: 0, artifacts: {} }
  if (data.localExec === true && rangeLength !== undefined) {
    const { localUris } = local(operation, { ...dataRange, length: 1 }).artifacts
    const localRange = localUris?.[0] ?? ''
    return { kind: 'local', total: rangeLength, artifacts: { localRange } }
  }
  const described = withSeed(dataRange, random)
  const parsed = readMember(operation, 'dataRange', () => parseInputRange(described))
  return { kind: 'range', total: parsed.count, artifacts: { dataRange: described } }
}

/** @throws DcpError `EBADARG` when a pattern cannot become locations, whatever is put into it. */
export function checkLocation(operation: string, name: string, pattern: string): void {
  if (URL.canParse(pattern)) return
  throw new DcpError('EBADARG', `${operation}: "${name}" must be a location such as http://…`)
}

/** A random distribution gives a slice the same value every time: its seed is drawn here, once. */
function withSeed(dataRange: Readonly<Record<string, unknown>>, random: Random): unknown {
  if ('seed' in dataRange || !hasDistribution(dataRange)) return dataRange
  return { ...dataRange, seed: random.token(seedLength) }
}

function hasDistribution(range: object): boolean {
  if ('dist' in range) return true
  const members = 'ranges' in range ? range.ranges : 'sparse' in range ? range.sparse : undefined
  return (
    Array.isArray(members) &&
    (members as readonly unknown[]).some(
      (member) => typeof member === 'object' && member !== null && hasDistribution(member),
    )
  )
}

/** An array-like object of locations, which only the local worker can read. */
function local(operation: string, values: Readonly<Record<string, unknown>>): ParsedInput {
  const { length } = values
  const total = typeof length === 'number' && Number.isSafeInteger(length) ? length : -1
  if (total < 0 || total > localSlicesMax) {
    const message = `"marshaledDataValues.length" must be an integer from 0 to ${localSlicesMax}`
    throw new DcpError('EBADARG', `${operation}: ${message}`)
  }
  const localUris = Array.from({ length: total }, (_, i) => {
    const value = values[String(i)]
    if (typeof value === 'string') return value
    if (typeof value === 'object' && value !== null && 'href' in value) return String(value.href)
    throw new DcpError('EBADARG', `${operation}: "marshaledDataValues.${i}" must be a URL`)
  })
  return { kind: 'local', total, artifacts: { localUris } }
}
