/**
 * Requirements of jobs and capabilities of workers: bit masks in dialect 5, objects of booleans in
 * dialect 4, and what the one says in the other (operations §15.8, §17.4).
 */
import { capability } from '../constants.ts'
import { isRecord } from './fields.ts'

type Tree = Readonly<Record<string, unknown>>

/** Which member of a dialect 4 object gives which bit. */
const members: readonly (readonly [section: string, name: string, bit: number])[] = [
  ['engine', 'v8', capability.engineV8],
  ['engine', 'spidermonkey', capability.engineSpidermonkey],
  ['browser', 'chrome', capability.engineBrowser],
  ['environment', 'offscreenCanvas', capability.offscreenCanvas],
  ['environment', 'fdlibm', capability.fdlibm],
  ['environment', 'webgpu', capability.webgpu],
]

function memberOf(tree: Tree, section: string, name: string): unknown {
  const part = tree[section]
  return isRecord(part) && Object.hasOwn(part, name) ? part[name] : undefined
}

/** The bits that a dialect 4 object of requirements or capabilities has set to true. */
export function maskOfRequirements(tree: Tree): number {
  let mask = 0
  for (const [section, name, bit] of members) {
    if (memberOf(tree, section, name) === true) mask |= bit
  }
  const details = tree['details']
  const canvas = isRecord(details) ? details['offscreenCanvas'] : undefined
  // Whoever has textures of a certain size has a canvas.
  if (isRecord(canvas) && Object.values(canvas).includes(true)) mask |= capability.offscreenCanvas
  return mask
}

/** The bits of what a dialect 4 object says must not be there. */
export function excludedByRequirements(tree: Tree): number {
  let mask = 0
  for (const [section, name, bit] of members) {
    if (memberOf(tree, section, name) === false) mask |= bit
  }
  return mask
}

/** What a dialect 4 worker is told of a job's requirements. */
export function requirementsOfMask(
  mask: number,
  flags: { readonly discrete: boolean; readonly useStrict: boolean },
): unknown {
  const set = (bit: number, name: string): Record<string, true> =>
    (mask & bit) === 0 ? {} : { [name]: true }
  return {
    engine: set(capability.engineSpidermonkey, 'spidermonkey'),
    environment: {
      ...set(capability.webgpu, 'webgpu'),
      ...set(capability.offscreenCanvas, 'offscreenCanvas'),
      ...set(capability.fdlibm, 'fdlibm'),
    },
    browser: {},
    details: {},
    ...flags,
  }
}

/**
 * The capabilities of a dialect 4 worker as bits. Texts of ours are labelled v8, so it can take jobs
 * that ask for KVIN v9.
 */
export function capabilitiesOfDialect4(tree: Tree): number {
  return maskOfRequirements(tree) | capability.kvinV9
}

/**
 * True when a worker has every bit a job needs. Official workers never say that their engine is V8:
 * those that are not SpiderMonkey are.
 */
export function isCapable(worker: number, needed: number): boolean {
  const isSpidermonkey = (worker & capability.engineSpidermonkey) !== 0
  const has = isSpidermonkey ? worker : worker | capability.engineV8
  return (has & needed) === needed
}
