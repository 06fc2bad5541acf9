/** The input set of a job as `submit` describes it (operations §15.4). */
import { isDcpError, parseInputRange } from '@manyhands/protocol'
import type { Random } from '@manyhands/protocol'
import type { Artifacts } from '../jobs/inputs.ts'
import type { InputKind } from '../jobs/live-job.ts'
import type { Fields } from './fields.ts'

export interface ParsedInput {
  readonly kind: InputKind
  /** Slices known at once; uploaded ones follow. */
  readonly total: number
  readonly artifacts: Partial<Artifacts>
}

const patternMax = 8192
const localSlicesMax = 1_000_000
const seedLength = 22

export function parseInput(fields: Fields, random: Random): ParsedInput {
  if (fields.has('marshaledDataValues')) return parseLocal(fields)
  if (fields.has('dataPattern')) return parsePattern(fields)
  if (!fields.has('dataRange')) return { kind: 'values', total: 0, artifacts: {} }
  if (fields.flag('localExec') && fields.has('rangeLength')) return parseLocalRange(fields)
  return parseRange(fields, random)
}

function parseRange(fields: Fields, random: Random): ParsedInput {
  const dataRange = withSeed(fields.source['dataRange'], random)
  let total: number
  try {
    total = parseInputRange(dataRange).count
  } catch (cause) {
    if (isDcpError(cause, 'EBADARG'))
      fields.refuse('dataRange', `is not acceptable: ${cause.message}`)
    throw cause
  }
  return { kind: 'range', total, artifacts: { dataRange } }
}

/** A random distribution gives a slice the same value every time: its seed is drawn here, once. */
function withSeed(dataRange: unknown, random: Random): unknown {
  if (typeof dataRange !== 'object' || dataRange === null || Array.isArray(dataRange)) {
    return dataRange
  }
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

function parsePattern(fields: Fields): ParsedInput {
  const dataPattern = fields.url('dataPattern', patternMax)
  const max = Number.MAX_SAFE_INTEGER
  const total = fields.number('sliceCount', { min: 1, max, integer: true })
  return { kind: 'pattern', total, artifacts: { dataPattern } }
}

function parseLocal(fields: Fields): ParsedInput {
  const values = fields.object('marshaledDataValues')
  const total = values.number('length', { min: 0, max: localSlicesMax, integer: true })
  const localUris = Array.from({ length: total }, (_, i) => values.url(String(i), patternMax))
  return { kind: 'local', total, artifacts: { localUris } }
}

function parseLocalRange(fields: Fields): ParsedInput {
  const uri = fields.object('dataRange').url('0', patternMax)
  const max = Number.MAX_SAFE_INTEGER
  const total = fields.number('rangeLength', { min: 0, max, integer: true })
  return { kind: 'local', total, artifacts: { localUris: [uri] } }
}
