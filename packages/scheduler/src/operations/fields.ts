/**
 * Reads the members of a request. Whatever is not of the expected form is refused with the name of
 * the operation, the member and the limit; unknown members are ignored.
 */
import { DcpError } from '@manyhands/protocol'

type Record_ = Readonly<Record<string, unknown>>

/** Longest text of a member unless it says otherwise, characters. */
const textMaxDefault = 256

export interface Fields {
  readonly operation: string
  readonly source: Record_
  /** Absent and null are the same, except where a reader says otherwise. */
  has(name: string): boolean
  text(name: string, max?: number): string
  optionalText(name: string, max?: number): string | undefined
  /** A text, or an object whose `href` is one, as URLs come. */
  url(name: string, max: number): string
  number(name: string, range?: NumberRange): number
  optionalNumber(name: string, range?: NumberRange): number | undefined
  flag(name: string): boolean
  list(name: string, max: number): readonly unknown[]
  texts(name: string, max: number, lengthMax?: number): readonly string[]
  object(name: string): Fields
  optionalObject(name: string): Fields | undefined
  objects(name: string, max: number): readonly Fields[]
  refuse(name: string, what: string): never
}

export interface NumberRange {
  readonly min?: number
  readonly max?: number
  readonly integer?: boolean
}

export function fieldsOf(data: unknown, operation: string, path = ''): Fields {
  if (!isObject(data)) {
    const name = path === '' ? 'its data' : `"${path.slice(0, -1)}"`
    throw new DcpError('EBADARG', `${operation}: ${name} must be an object`)
  }
  const source = data

  function refuse(name: string, what: string): never {
    throw new DcpError('EBADARG', `${operation}: "${path}${name}" ${what}`)
  }

  function has(name: string): boolean {
    return Object.hasOwn(source, name) && source[name] !== undefined && source[name] !== null
  }

  function checkText(name: string, value: unknown, max: number): string {
    if (typeof value !== 'string') return refuse(name, 'must be a string')
    if (value.length > max) return refuse(name, `must be at most ${max} characters long`)
    if (value.includes('\0')) return refuse(name, 'must not hold the character NUL')
    return value
  }

  function text(name: string, max = textMaxDefault): string {
    return checkText(name, has(name) ? source[name] : undefined, max)
  }

  function number(name: string, range: NumberRange = {}): number {
    const { min = -Infinity, max = Infinity, integer = false } = range
    const value = has(name) ? source[name] : undefined
    if (typeof value !== 'number' || !Number.isFinite(value))
      return refuse(name, 'must be a number')
    if (integer && !Number.isSafeInteger(value)) return refuse(name, 'must be an integer')
    if (value < min || value > max) return refuse(name, `must be from ${min} to ${max}`)
    return value
  }

  function list(name: string, max: number): readonly unknown[] {
    const value = has(name) ? source[name] : []
    if (!Array.isArray(value)) return refuse(name, 'must be an array')
    if (value.length > max) return refuse(name, `must have at most ${max} elements`)
    return value
  }

  return {
    operation,
    source,
    has,
    text,
    number,
    list,
    refuse,
    optionalText: (name, max) => (has(name) ? text(name, max) : undefined),
    optionalNumber: (name, range) => (has(name) ? number(name, range) : undefined),
    flag: (name) => has(name) && source[name] === true,
    url(name, max) {
      const value = has(name) ? source[name] : undefined
      return checkText(name, isObject(value) ? value['href'] : value, max)
    },
    texts(name, max, lengthMax = textMaxDefault) {
      return list(name, max).map((value, i) => checkText(`${name}[${i}]`, value, lengthMax))
    },
    object: (name) => fieldsOf(has(name) ? source[name] : undefined, operation, `${path}${name}.`),
    optionalObject: (name) =>
      has(name) ? fieldsOf(source[name], operation, `${path}${name}.`) : undefined,
    objects(name, max) {
      return list(name, max).map((value, i) => fieldsOf(value, operation, `${path}${name}[${i}].`))
    },
  }
}

function isObject(value: unknown): value is Record_ {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
