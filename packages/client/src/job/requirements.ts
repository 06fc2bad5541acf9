/** What workers must have (true) or must not have (false) to get slices of a job. */
import { DcpError, capability } from '@manyhands/protocol'

type TriState = boolean | undefined

export interface Requirements {
  engine?: { v8?: TriState; spidermonkey?: TriState; browser?: TriState; es7?: TriState }
  environment?: { webgpu?: TriState; offscreenCanvas?: TriState; fdlibm?: TriState }
  browser?: { chrome?: TriState }
  details?: { offscreenCanvas?: Record<string, TriState> }
  /** One slice per task. */
  discrete?: TriState
  /** The work function runs in strict mode. */
  useStrict?: TriState
  [other: string]: unknown
}

/** The members of a `submit` request. */
export interface RequirementFields {
  readonly requirements: number
  readonly discrete: boolean
  readonly useStrict: boolean
  /** The tri-state original, when the mask cannot say all of it. */
  readonly requirementsObject?: unknown
}

const bits: Readonly<Record<string, number>> = {
  'engine.v8': capability.engineV8,
  'engine.spidermonkey': capability.engineSpidermonkey,
  'engine.browser': capability.engineBrowser,
  'engine.es7': 0,
  'engine.es2019': 0,
  'environment.offscreenCanvas': capability.offscreenCanvas,
  'environment.fdlibm': capability.fdlibm,
  'environment.webgpu': capability.webgpu,
  'environment.webgl': capability.offscreenCanvas,
  'browser.chrome': capability.engineBrowser,
  'details.offscreenCanvas.bigTexture4096': capability.offscreenCanvas,
  'details.offscreenCanvas.bigTexture8192': capability.offscreenCanvas,
  'details.offscreenCanvas.bigTexture16384': capability.offscreenCanvas,
  'details.offscreenCanvas.bigTexture32768': capability.offscreenCanvas,
  gpu: capability.webgpu,
  discrete: 0,
  useStrict: 0,
}

function* flatten(value: unknown, path: string): Iterable<readonly [path: string, on: boolean]> {
  if (value === undefined) return
  if (typeof value === 'boolean') {
    yield [path, value]
    return
  }
  if (typeof value !== 'object' || value === null) {
    throw new DcpError('EBADARG', `requirements.${path} must be true or false`, {
      details: { field: `requirements.${path}` },
    })
  }
  for (const [name, member] of Object.entries(value)) {
    yield* flatten(member, path === '' ? name : `${path}.${name}`)
  }
}

/** Throws EBADARG naming a requirement that does not exist. */
export function parseRequirements(requirements: unknown): RequirementFields {
  let mask = 0
  let triState = false
  const found = new Map<string, boolean>()
  for (const [path, on] of flatten(requirements ?? {}, '')) {
    const bit = bits[path]
    if (bit === undefined || !Object.hasOwn(bits, path)) {
      throw new DcpError('EBADARG', `there is no requirement ${path}`, {
        details: { field: `requirements.${path}` },
      })
    }
    found.set(path, on)
    if (on) mask |= bit
    else if (bit !== 0) triState = true
  }
  return {
    requirements: mask,
    discrete: found.get('discrete') ?? false,
    useStrict: found.get('useStrict') ?? false,
    ...(triState ? { requirementsObject: requirements } : {}),
  }
}
