/**
 * Taking one layer away at a time, so that tests can show that each of them stops something. Only
 * with an environment variable that no start of ours sets, and never without saying so.
 */

export const layers = [
  /** The realm is not hardened; needs the guest that `buildGuest({ hardened: false })` makes. */
  'realm',
  /** Deno is allowed everything. */
  'permissions',
  /** Modules of Node and of the network may be imported. */
  'imports',
  /** The environment of the evaluator is passed on. */
  'environment',
  /** Started as root, the sandbox stays root. */
  'user',
  /** No limits on memory, files, processes or their sizes. */
  'limits',
  /** The namespaces and the root directory of the host; the filter of system calls stays. */
  'bubblewrap',
  /** The network namespace of the host, in the jail. */
  'network',
  /** The process file system is mounted in the jail. */
  'procfs',
  'seccomp',
] as const

export type Layer = (typeof layers)[number]

export const weakenVariable = 'MANYHANDS_WEAKEN'
export const weakenValue = 'for-tests'

function isLayer(name: string): name is Layer {
  return layers.some((layer) => layer === name)
}

function assertTest(what: string, environment: Readonly<Record<string, string | undefined>>): void {
  if (environment[weakenVariable] === weakenValue) return
  throw new Error(`${what} in tests alone (${weakenVariable}=${weakenValue})`)
}

/**
 * The manifest of a driver that computes graphics in software, which is never good enough for work.
 * @throws Error unless the environment says that this is a test.
 */
export function parseSoftwareGpu(
  manifest: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (manifest !== undefined) assertTest('graphics are computed in software', environment)
  return manifest
}

/**
 * Reads a list of layers, separated by commas, that are to be left out.
 * @throws Error unless the environment says that this is a test.
 */
export function parseWithout(
  text: string | undefined,
  environment: Readonly<Record<string, string | undefined>>,
): ReadonlySet<Layer> {
  const names = (text ?? '').split(',').filter((name) => name !== '')
  if (names.length === 0) return new Set()
  assertTest('layers of the sandbox are left out', environment)
  const unknown = names.find((name) => !isLayer(name))
  if (unknown !== undefined) {
    throw new Error(`there is no layer ${unknown}: there are ${layers.join(', ')}`)
  }
  return new Set(names.filter(isLayer))
}
