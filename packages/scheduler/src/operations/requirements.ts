/** What a job needs of a worker: a mask, and for dialect 4 an object of wishes (operations §17.4). */
import { capability, jobFlags } from '@manyhands/protocol'
import type { Fields } from './fields.ts'

export interface Requirements {
  readonly mask: number
  /** The object a dialect 4 client sent. */
  readonly object: unknown
  /** Flags that dialect 4 sends among the requirements. */
  readonly flags: number
}

const maskMax = 127

export function parseRequirements(fields: Fields, dialect: 4 | 5): Requirements {
  if (dialect === 5) {
    const range = { min: 0, max: Number.MAX_SAFE_INTEGER, integer: true }
    const mask = fields.optionalNumber('requirements', range) ?? 0
    if (mask > maskMax) fields.refuse('requirements', `must be at most ${maskMax}`)
    return { mask, object: undefined, flags: 0 }
  }
  const object = fields.optionalObject('requirements')
  if (object === undefined) return { mask: 0, object: undefined, flags: 0 }
  const flags =
    (object.flag('discrete') ? jobFlags.discrete : 0) |
    (object.flag('useStrict') ? jobFlags.useStrict : 0)
  return { mask: maskOf(object), object: object.source, flags }
}

/** Turns an object of wishes, or of a dialect 4 worker's abilities, into a mask. */
export function maskOf(object: Fields): number {
  const has = (group: string, name: string): boolean =>
    object.optionalObject(group)?.flag(name) === true
  const details = object.optionalObject('details')?.optionalObject('offscreenCanvas')
  const hasTextures = Object.values(details?.source ?? {}).includes(true)
  let mask = 0
  if (has('engine', 'spidermonkey')) mask |= capability.engineSpidermonkey
  if (has('browser', 'chrome')) mask |= capability.engineBrowser
  if (has('environment', 'fdlibm')) mask |= capability.fdlibm
  if (has('environment', 'webgpu')) mask |= capability.webgpu
  if (has('environment', 'offscreenCanvas') || hasTextures) mask |= capability.offscreenCanvas
  return mask
}
