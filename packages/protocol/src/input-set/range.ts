/** `{start, end, step?, group?}`: arithmetic ranges, both ends included. */
import { groupMax, slicesMax } from '../limits.ts'
import { Decimal, decimalToWire, exactNumber } from './decimal.ts'
import { badField, tooManySlices } from './input-range.ts'
import type { BigNumber, ExactNumber } from './decimal.ts'
import type { Fields, Member, Place } from './input-range.ts'

/** The values of a range before they are grouped. */
interface Steps {
  readonly count: number
  readonly safe: boolean
  at(index: number): unknown
}

export function parseRange(value: Fields, place: Place): Member {
  const start = exactNumber(value, 'start', place)
  const end = exactNumber(value, 'end', place)
  const step = stepOf(value, { start, end, place })
  const steps = start.isBigint ? bigintSteps(start, end, step) : numberSteps(start, end, step)
  const group = groupOf(value, steps.count, place)
  const wire = {
    start: decimalToWire(start),
    end: decimalToWire(end),
    step: decimalToWire(step),
  }
  if (group === undefined) {
    return { kind: 'range', ...steps, toWire: () => wire }
  }
  return {
    kind: 'range',
    count: Math.ceil(steps.count / group),
    safe: steps.safe,
    at(index) {
      const first = index * group
      const length = Math.min(group, steps.count - first)
      return Array.from({ length }, (_, i) => steps.at(first + i))
    },
    toWire: () => ({ ...wire, group }),
  }
}

interface Ends {
  readonly start: ExactNumber
  readonly end: ExactNumber
  readonly place: Place
}

/** Absent, a step leads from start to end by ones. Where both are equal there is no step to take. */
function stepOf(value: Fields, { start, end, place }: Ends): ExactNumber {
  const direction = end.exact.comparedTo(start.exact) ?? 0
  const given = value['step']
  const isBigint = start.isBigint
  const step =
    given === undefined || given === null
      ? { exact: new Decimal(direction), isBigint }
      : { ...exactNumber(value, 'step', place), isBigint }
  if (isBigint && !(end.exact.isInteger() && step.exact.isInteger())) {
    badField(
      place,
      step.exact.isInteger() ? 'end' : 'step',
      'must be an integer when "start" is a BigInt',
    )
  }
  if (direction === 0) return { exact: new Decimal(0), isBigint }
  if (step.exact.isZero()) badField(place, 'step', 'must not be 0 unless "start" equals "end"')
  if (step.exact.isPositive() !== direction > 0) {
    badField(place, 'step', 'must lead from "start" to "end"', step.exact.toNumber())
  }
  return step
}

function countOf(start: ExactNumber, end: ExactNumber, step: ExactNumber): number {
  if (step.exact.isZero()) return 1
  const count = end.exact.minus(start.exact).idiv(step.exact).plus(1)
  if (count.gt(slicesMax)) tooManySlices(count.toFixed())
  return count.toNumber()
}

function numberSteps(start: ExactNumber, end: ExactNumber, step: ExactNumber): Steps {
  const count = countOf(start, end, step)
  const safe = [start, end, step].every(
    ({ exact }) => Number.isSafeInteger(exact.toNumber()) && exact.isInteger(),
  )
  if (safe && end.exact.minus(start.exact).abs().lte(slicesMax)) {
    const first = start.exact.toNumber() + 0
    const by = step.exact.toNumber()
    return { count, safe, at: (index) => first + index * by }
  }
  return { count, safe, at: (index) => valueAt(start.exact, step.exact, index).toNumber() + 0 }
}

function valueAt(start: BigNumber, step: BigNumber, index: number): BigNumber {
  return start.plus(step.times(index))
}

function bigintSteps(start: ExactNumber, end: ExactNumber, step: ExactNumber): Steps {
  const first = BigInt(start.exact.toFixed())
  const by = BigInt(step.exact.toFixed())
  return {
    count: countOf(start, end, step),
    safe: false,
    at: (index) => first + BigInt(index) * by,
  }
}

function groupOf(value: Fields, count: number, place: Place): number | undefined {
  const group = value['group']
  if (group === undefined || group === null) return undefined
  if (typeof group !== 'number' || !Number.isSafeInteger(group) || group < 1) {
    return badField(place, 'group', 'must be an integer from 1', group)
  }
  if (Math.min(group, count) > groupMax) {
    return badField(place, 'group', `must put at most ${groupMax} values into one slice`, group)
  }
  return group
}
