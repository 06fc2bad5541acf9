/** Input that is kept elsewhere: workers fetch it from there, and the scheduler never sees it. */
import { DcpError } from '@manyhands/protocol'

/** A location: text, a URL, or what has its text as `href`. */
export type Location = string | { readonly href: string }

function locationOf(value: unknown, what: string): URL {
  const text = typeof value === 'object' && value !== null && 'href' in value ? value.href : value
  if (typeof text === 'string' && URL.canParse(text)) return new URL(text)
  throw new DcpError('EBADARG', `${what} must be a location such as https://example.org/data.json`)
}

/**
 * Values at locations of their own, one for each slice; as arguments, one for each argument.
 * @example compute.for(new RemoteDataSet<number>('https://example.org/1.json'), (n) => n * 2)
 */
export class RemoteDataSet<Value = unknown> implements Iterable<Value> {
  /** In the order of the slices. */
  readonly locations: readonly URL[]

  /** Throws EBADARG naming the element that is no location. */
  constructor(first: Location | readonly Location[] = [], ...others: readonly Location[]) {
    const all = Array.isArray(first) ? (first as readonly Location[]) : [first, ...others]
    this.locations = all.map((one, index) => locationOf(one, `element ${index + 1} of the set`))
  }

  get length(): number {
    return this.locations.length
  }

  /** Locations: they stand for the values that work functions get. */
  [Symbol.iterator](): Iterator<Value> {
    return this.locations[Symbol.iterator]() as unknown as Iterator<Value>
  }
}

const placeholder = /\{slice\}|%7Bslice%7D/gi

/**
 * Values at locations that differ by the number of their slice: `{slice}` in the pattern.
 * @example compute.for(new RemoteDataPattern<number>('https://example.org/{slice}.json', 9), f)
 */
export class RemoteDataPattern<Value = unknown> {
  readonly pattern: string
  readonly sliceCount: number
  /** What is at the locations, for the types of work functions alone. */
  declare readonly value?: Value

  /** Throws EBADARG for a pattern without `{slice}`, or a count that is none. */
  constructor(pattern: Location, sliceCount: number) {
    const text = typeof pattern === 'string' ? pattern : pattern.href
    if (text.search(placeholder) < 0) {
      throw new DcpError('EBADARG', 'the pattern of locations must hold {slice}')
    }
    if (!Number.isSafeInteger(sliceCount) || sliceCount < 1) {
      throw new DcpError('EBADARG', 'sliceCount must be a whole number from 1')
    }
    locationOf(locationIn(text, 1), 'the pattern')
    this.pattern = text
    this.sliceCount = sliceCount
  }
}

/** The location of a slice's value. */
export function locationIn(pattern: string, slice: number): string {
  return pattern.replace(placeholder, String(slice))
}
