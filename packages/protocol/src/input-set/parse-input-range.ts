/** From what a program or a message gives to an input set, whatever its form. */
import { DcpError } from '../errors.ts'
import { prepareText } from '../kvin/column.ts'
import { rangesMax, slicesMax } from '../limits.ts'
import { quote } from '../quote.ts'
import { isDistribution, parseDistribution } from './distribution.ts'
import { badField, isFields, tooManySlices } from './input-range.ts'
import { parseRange } from './range.ts'
import type { Fields, InputRange, InputRangeOptions, Member, Place } from './input-range.ts'

/**
 * Reads a described input set. Throws EBADARG that names the field, or ETOOMANYTASKS above 2^53-1
 * slices. Work is the same for ten slices and for 10^15.
 *
 * @example
 * parseInputRange({ start: 0, end: 1, step: 0.1 }).elementAt(4) // 0.3, not 0.30000000000000004
 */
export function parseInputRange(value: unknown, options: InputRangeOptions = {}): InputRange {
  const place: Place = { prefix: '', seed: seedOf(value, options) }
  if (!isFields(value)) {
    throw new DcpError('EBADARG', `range: it must be an object, not ${quote(value)}`)
  }
  const multi = isMulti(value) ? parseMulti(value, place) : undefined
  const member = multi?.member ?? parseMember(value, place)
  const dimensions = multi?.dimensions
  const elementAt = (slice: number): unknown => member.at(indexOf(slice, member.count))
  return {
    kind: member.kind === 'literal' ? 'multi' : member.kind,
    count: member.count,
    safe: member.safe,
    ...(dimensions === undefined ? {} : { dimensions }),
    elementAt,
    elementText: (slice) => prepareText(elementAt(slice)),
    toWire: () => member.toWire(),
  }
}

/** A seed that came with the description wins: it is what its values were drawn from. */
function seedOf(value: unknown, options: InputRangeOptions): string {
  if (isFields(value) && typeof value['seed'] === 'string') return value['seed']
  return options.seed ?? ''
}

function indexOf(slice: number, count: number): number {
  if (Number.isSafeInteger(slice) && slice >= 1 && slice <= count) return slice - 1
  throw new DcpError('ERANGE', `slice ${slice} is not between 1 and ${count}`)
}

function isMulti(value: Fields): boolean {
  return Array.isArray(value['ranges']) && isAbsent(value['sparse'])
}

function isAbsent(value: unknown): boolean {
  return value === undefined || value === null || value === false
}

function parseMember(value: Fields, place: Place): Member {
  if (!isAbsent(value['sparse'])) return parseSparse(value, place)
  return isDistribution(value) ? parseDistribution(value, place) : parseRange(value, place)
}

/** `{sparse: true, ranges: […]}` of official programs, or `{sparse: […]}`: one range after the other. */
function parseSparse(value: Fields, place: Place): Member {
  const field = Array.isArray(value['sparse']) ? 'sparse' : 'ranges'
  const members = listOf(value, field, place).map((range, i) => {
    const inner: Place = { ...place, prefix: `${place.prefix}${field}[${i}].` }
    if (isFields(range) && isAbsent(range['sparse']) && !Array.isArray(range['ranges'])) {
      return parseMember(range, inner)
    }
    return badField(place, `${field}[${i}]`, 'must be a range of start, end, step and group', range)
  })
  const count = members.reduce((sum, member) => sum + member.count, 0)
  if (count > slicesMax) tooManySlices(String(count))
  return {
    kind: 'sparse',
    count,
    safe: members.every((member) => member.safe),
    at(index) {
      let left = index
      for (const member of members) {
        if (left < member.count) return member.at(left)
        left -= member.count
      }
      return undefined
    },
    toWire: () => ({ sparse: true, ranges: members.map((member) => member.toWire()) }),
  }
}

interface Multi {
  readonly member: Member
  readonly dimensions: readonly number[]
}

/** `{ranges: […]}`: every combination, the last range fastest. */
function parseMulti(value: Fields, place: Place): Multi {
  const members = listOf(value, 'ranges', place).map((range, i) =>
    parseDimension(range, {
      prefix: `${place.prefix}ranges[${i}].`,
      seed: `${place.seed}/${i}`,
    }),
  )
  const product = members.reduce((total, member) => total * BigInt(member.count), 1n)
  if (product > BigInt(slicesMax)) tooManySlices(String(product))
  const member: Member = {
    kind: 'multi',
    count: Number(product),
    safe: members.every((one) => one.safe && one.kind !== 'sparse'),
    at: (index) => combinationAt(members, index),
    toWire: () => ({ ranges: members.map((one) => one.toWire()) }),
  }
  return { member, dimensions: members.map((one) => one.count) }
}

function combinationAt(members: readonly Member[], index: number): unknown[] {
  const combination: unknown[] = []
  let left = index
  for (const member of members.toReversed()) {
    const at = left % member.count
    combination.unshift(member.at(at))
    // Exact: what remains is a multiple of the length.
    left = (left - at) / member.count
  }
  return combination
}

/** A dimension may also be a literal array, or one literal value. */
function parseDimension(value: unknown, place: Place): Member {
  if (isFields(value) && (isRangelike(value) || isDistribution(value))) {
    return parseMember(value, place)
  }
  const values = Array.isArray(value) ? (value as readonly unknown[]) : [value]
  return {
    kind: 'literal',
    count: values.length,
    safe: values.every(Number.isSafeInteger),
    at: (index) => values[index],
    toWire: () => values,
  }
}

function isRangelike(value: Fields): boolean {
  return ['start', 'end', 'sparse'].some((name) => value[name] !== undefined)
}

function listOf(value: Fields, field: string, place: Place): readonly unknown[] {
  const list = value[field]
  if (!Array.isArray(list)) return badField(place, field, 'must be an array of ranges', list)
  if (list.length === 0) return badField(place, field, 'must hold at least one range')
  if (list.length > rangesMax)
    return badField(place, field, `must hold at most ${rangesMax} ranges`)
  return list
}
