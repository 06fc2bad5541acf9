/** The fields that requests are made of, each with its rule in words. */
import * as v from 'valibot'

import { isJobId, isWorkerId } from '../ids.ts'
import { nameMax, slicesMax } from '../limits.ts'
import type { JobId, WorkerId } from '../ids.ts'
import type { Marshalled } from '../kvin/prepared.ts'

type Field<Output> = v.GenericSchema<unknown, Output>

const noNul = 'must not hold the character NUL'

/** Text of at most so many characters. Databases cannot keep a NUL in a text. */
export function text(max: number = nameMax): Field<string> {
  const rule = `must be text of at most ${max} characters`
  return v.pipe(v.string(rule), v.maxLength(max, rule), v.excludes('\0', noNul))
}

export const flag: Field<boolean> = v.boolean('must be true or false')

/** A whole number between two, both included. */
export function integer(min: number, max: number = Number.MAX_SAFE_INTEGER): Field<number> {
  const above = max === Number.MAX_SAFE_INTEGER ? `from ${min}` : `between ${min} and ${max}`
  const rule = `must be an integer ${above}`
  return v.pipe(v.number(rule), v.safeInteger(rule), v.minValue(min, rule), v.maxValue(max, rule))
}

const amountRule = 'must be a number from 0'

/** A finite number that is not negative. */
export const amount: Field<number> = v.pipe(
  v.number(amountRule),
  v.finite(amountRule),
  v.minValue(0, amountRule),
)

export const finite: Field<number> = v.pipe(
  v.number('must be a finite number'),
  v.finite('must be a finite number'),
)

export const slice: Field<number> = integer(1, slicesMax)

export const jobId: Field<JobId> = v.custom<JobId>(isJobId, 'must be 22 characters of A-Z a-z 0-9')

export const workerId: Field<WorkerId> = v.custom<WorkerId>(
  isWorkerId,
  'must be 22 characters of A-Z a-z 0-9, or localExec_ and 12',
)

const aliasForm = /^(?:j?[A-Za-z0-9]{22}|(?:0x)?[0-9a-fA-F]{40})$/

/** Any name of a job: its id or the address of its escrow (operations §1.2). */
export const jobAlias: Field<string> = v.pipe(
  v.string('must be a job id'),
  v.regex(aliasForm, 'must be a job id of 22 characters or an address of 40 hex digits'),
)

const addressRule = 'must be an address, 0x and 40 hex digits'

/** Its checksum is for the wallet to look at. */
export const address: Field<string> = v.pipe(
  v.string(addressRule),
  v.regex(/^(?:0x)?[0-9a-fA-F]{40}$/, addressRule),
)

/** A lease, a token, an incarnation: opaque text of ours. */
export const opaque: Field<string> = v.pipe(text(), v.minLength(1, 'must not be empty'))

/** A URL as text, or as the object that a DcpURL becomes in JSON. */
export function url(max: number): Field<string> {
  return v.pipe(
    v.union([text(max), v.object({ href: text(max) })], 'must be a URL'),
    v.transform((value) => (typeof value === 'string' ? value : value.href)),
  )
}

/** An array of at most so many. Long ones should use `list` with a cheap check instead. */
export function arrayOf<Output>(item: Field<Output>, max: number): Field<Output[]> {
  return v.pipe(
    v.array(item, 'must be an array'),
    v.maxLength(max, `must have at most ${max} elements`),
  )
}

/** A long array whose elements are looked at by one plain loop. */
export function list<Element>(
  isElement: (value: unknown) => value is Element,
  { max, rule }: { readonly max: number; readonly rule: string },
): Field<readonly Element[]> {
  return v.pipe(
    v.custom<readonly Element[]>(Array.isArray, 'must be an array'),
    v.check((value) => value.length <= max, `must have at most ${max} elements`),
    v.check((value) => value.every(isElement), `must be an array of ${rule}`),
  )
}

export function isSlice(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 1
}

/** Any JSON object; what is in it is for its reader to check. */
export const json: Field<Readonly<Record<string, unknown>>> = v.custom<
  Readonly<Record<string, unknown>>
>(isRecord, 'must be an object')

export function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** A KVIN document that is not text; what it holds is decoded only by who needs it. */
export const marshalled: Field<Marshalled> = v.custom<Marshalled>(
  isMarshalled,
  'must be KVIN-marshalled: an object with "_serializeVerId" v8 or v9 and "what"',
)

function isMarshalled(value: unknown): boolean {
  if (!isRecord(value) || !Object.hasOwn(value, 'what')) return false
  return value['_serializeVerId'] === 'v8' || value['_serializeVerId'] === 'v9'
}

/** A marshalled array. */
export const marshalledArray: Field<Marshalled> = v.custom<Marshalled>((value) => {
  if (!isMarshalled(value)) return false
  const { what } = value as Marshalled
  return isRecord(what) && (Array.isArray(what['arr']) || Array.isArray(what['raw']))
}, 'must be a KVIN-marshalled array')
