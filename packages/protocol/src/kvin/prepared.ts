/** Shapes and small helpers shared by both directions of the KVIN codec. */
import { DcpError } from '../errors.ts'
import { kvinDepthMax } from '../limits.ts'

/** A JSON object of a prepared value. */
export type Form = Readonly<Record<string, unknown>>

/** Version label of a document; both are the same text otherwise. */
export type KvinLabel = 'v8' | 'v9'

/** A KVIN document that is not text yet. */
export interface Marshalled {
  readonly _serializeVerId: KvinLabel
  /** A prepared value: JSON-compatible. */
  readonly what: unknown
}

/** True for a JSON object, which is what every form is. */
export function isForm(value: unknown): value is Form {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** Defines data that may be called `__proto__` or hide a setter, without running anything. */
export function defineData(target: object, key: string, value: unknown): void {
  Object.defineProperty(target, key, {
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  })
}

/** Sets a property of a plain object or array; only `__proto__` needs care there. */
export function setOwn(target: Record<string, unknown>, key: string, value: unknown): void {
  if (key === '__proto__') defineData(target, key, value)
  else target[key] = value
}

/** Refuses JSON with arrays and objects more than so many levels inside one another. */
export function checkDepth(value: unknown, levels: number): void {
  if (typeof value !== 'object' || value === null) return
  if (levels < 0) throw formatError(`nested more than ${kvinDepthMax} deep`)
  if (Array.isArray(value)) {
    for (const element of value as readonly unknown[]) {
      if (typeof element === 'object') checkDepth(element, levels - 1)
    }
    return
  }
  for (const key in value) {
    const member = (value as Form)[key]
    if (typeof member === 'object') checkDepth(member, levels - 1)
  }
}

/** An error about text that is not KVIN of the closed table. */
export function formatError(message: string, cause?: unknown): DcpError {
  return new DcpError('EFORMAT', `KVIN: ${message}`, cause === undefined ? {} : { cause })
}
