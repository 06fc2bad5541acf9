/**
 * Distributions: `{length, dist, params}` as the sets of the `stats` module describe them. Random
 * ones are drawn from a stored seed by position; `values` that a client sent along win.
 */
import { literalElementsMax, slicesMax } from '../limits.ts'
import { createCounterRandom } from './counter-random.ts'
import { binomial, normal, poisson } from './densities.ts'
import { badField, tooManySlices } from './input-range.ts'
import type { Fields, Member, Place } from './input-range.ts'
import type { Draw } from './counter-random.ts'

interface Context {
  /** Position, counted from 0. */
  readonly x: number
  readonly length: number
  readonly params: readonly number[]
  readonly draw: Draw
}

interface Distribution {
  /** Default of each parameter; undefined where it must be given. */
  readonly params: readonly (number | undefined)[]
  value(context: Context): number
}

const distributions: Readonly<Record<string, Distribution>> = {
  identity: { params: [], value: ({ x }) => x },
  random: {
    params: [undefined, undefined],
    value: ({ x, draw, params: [min = 0, max = 0] }) => between(min, max, draw(x, 0)),
  },
  randomInt: {
    params: [undefined, undefined],
    value: ({ x, draw, params: [min = 0, max = 0] }) => Math.floor(between(min, max, draw(x, 0))),
  },
  normalRNG: {
    params: [0, 1],
    value: ({ x, draw, params: [mean = 0, deviation = 1] }) =>
      mean + deviation * standardNormal(draw(x, 0), draw(x, 1)),
  },
  poisson: { params: [1], value: ({ x, params: [rate = 1] }) => poisson(x, rate) },
  binomial: {
    params: [0.5],
    value: ({ x, length, params: [probability = 0.5] }) => binomial(x, length, probability),
  },
  normal: {
    params: [0, 1],
    value: ({ x, length, params: [mean = 0, deviation = 1, min, max] }) =>
      normal(placed({ x, length, min, max }), mean, deviation),
  },
}

export function isDistribution(value: Fields): boolean {
  return value['dist'] !== undefined
}

export function parseDistribution(value: Fields, place: Place): Member {
  const dist = value['dist']
  const known = typeof dist === 'string' && Object.hasOwn(distributions, dist) ? dist : undefined
  const distribution = known === undefined ? undefined : distributions[known]
  if (distribution === undefined) {
    return badField(place, 'dist', `must be one of ${Object.keys(distributions).join(', ')}`, dist)
  }
  const length = lengthOf(value, place)
  const params = paramsOf(value, distribution, place)
  const values = valuesOf(value, length, place)
  const seed = typeof value['seed'] === 'string' ? value['seed'] : place.seed
  const draw = createCounterRandom(seed)
  return {
    kind: 'distribution',
    count: length,
    safe: false,
    at: (x) => (values === undefined ? distribution.value({ x, length, params, draw }) : values[x]),
    toWire: () => wireOf(value, { length, params, values }),
  }
}

function lengthOf(value: Fields, place: Place): number {
  const length = value['length']
  if (typeof length !== 'number' || !Number.isInteger(length) || length < 0) {
    return badField(place, 'length', 'must be an integer from 0', length)
  }
  return length > slicesMax ? tooManySlices(String(length)) : length
}

function paramsOf(value: Fields, distribution: Distribution, place: Place): readonly number[] {
  const given = value['params'] ?? []
  if (!Array.isArray(given)) return badField(place, 'params', 'must be an array', given)
  const list = given as readonly unknown[]
  const needed = distribution.params.findIndex(
    (param, i) => param === undefined && list[i] === undefined,
  )
  if (needed >= 0) return badField(place, `params[${needed}]`, 'is missing')
  const params = list.map((param, i) => {
    if (typeof param === 'number' && Number.isFinite(param)) return param
    // A parameter left out in the middle arrives as null.
    if (param === null || param === undefined) return distribution.params[i] ?? Number.NaN
    return badField(place, `params[${i}]`, 'must be a finite number', param)
  })
  const [min = 0, max = 0] = params
  if (distribution.params[0] === undefined && distribution.params.length === 2 && min > max) {
    return badField(place, 'params[1]', 'must not be less than "params[0]"', max)
  }
  return params
}

function valuesOf(value: Fields, length: number, place: Place): readonly unknown[] | undefined {
  const values = value['values']
  if (values === undefined || values === null) return undefined
  if (!Array.isArray(values)) return badField(place, 'values', 'must be an array', values)
  if (values.length !== length) {
    return badField(place, 'values', 'must hold as many elements as "length" says', values)
  }
  if (length > literalElementsMax) {
    return badField(place, 'values', `must hold at most ${literalElementsMax} elements`)
  }
  return values
}

interface Wire {
  readonly length: number
  readonly params: readonly number[]
  readonly values: readonly unknown[] | undefined
}

/** Members in the order of official programs, to which `distributor` is an empty object. */
function wireOf(value: Fields, { length, params, values }: Wire): unknown {
  const { dist, materializeOnScheduler, seed } = value
  return {
    distributor: {},
    ...(values === undefined ? {} : { values }),
    ...(typeof materializeOnScheduler === 'boolean' ? { materializeOnScheduler } : {}),
    length,
    dist,
    params,
    ...(typeof seed === 'string' ? { seed } : {}),
  }
}

/** A number in [min, max), also where rounding would reach max. */
function between(min: number, max: number, u: number): number {
  const value = min + u * (max - min)
  return value < max ? value : min
}

/** Box and Muller. */
function standardNormal(u: number, v: number): number {
  return Math.sqrt(-2 * Math.log(1 - u)) * Math.cos(2 * Math.PI * v)
}

interface Position {
  readonly x: number
  readonly length: number
  readonly min: number | undefined
  readonly max: number | undefined
}

/** Positions may be spread over an interval, or begin at a number. */
function placed({ x, length, min, max }: Position): number {
  if (min === undefined || Number.isNaN(min)) return x
  return max === undefined || Number.isNaN(max) ? min + x : x * ((max - min) / length) + min
}
