/**
 * The arguments of bubblewrap: a root directory with Deno, its libraries and the guest, nothing of it
 * writable, no process file system, and namespaces of its own for everything the kernel can divide.
 */
import type { GpuParts } from '../gpu/find-gpu.ts'
import type { Layer } from '../weaken.ts'

export interface Bubblewrap {
  readonly path: string
  /** As `bwrap --version` prints it. */
  readonly version: string
}

export interface JailRequest {
  readonly bubblewrap: Bubblewrap
  /** Files that Deno needs, at the same paths inside. */
  readonly libraries: readonly string[]
  readonly deno: string
  /** The file to run, or nothing where the program is in its own arguments. */
  readonly guest: string | undefined
  readonly environment: Readonly<Record<string, string>>
  /** Undefined: it was not granted, and nothing of it is to be seen. */
  readonly gpu?: GpuParts | undefined
  readonly without: ReadonlySet<Layer>
}

/** Where the two files are in the jail. */
export const inside = { deno: '/deno', guest: '/guest.js' } as const

/** The descriptors that the broker opens for bubblewrap; it closes both before Deno starts. */
export const descriptors = { filter: 3, information: 4 } as const

/** Before this version it cannot clear the environment. */
export const oldestBubblewrap = '0.5.0'
const disablesUserNamespaces = '0.8.0'

/** True when `version` is `least` or newer; both as numbers with dots. */
export function isAtLeast(version: string, least: string): boolean {
  const [have, want] = [version, least].map((text) => text.split('.').map(Number))
  for (const [index, wanted] of (want ?? []).entries()) {
    const number = have?.[index] ?? 0
    if (number !== wanted) return number > wanted
  }
  return true
}

function readOnly(from: string, to = from): string[] {
  return ['--ro-bind', from, to]
}

function namespaces({ bubblewrap, without }: JailRequest): string[] {
  return [
    '--unshare-user',
    '--unshare-pid',
    ...(without.has('network') ? [] : ['--unshare-net']),
    '--unshare-ipc',
    '--unshare-uts',
    '--unshare-cgroup-try',
    ...(isAtLeast(bubblewrap.version, disablesUserNamespaces) ? ['--disable-userns'] : []),
    ...['--uid', '65534', '--gid', '65534', '--hostname', 'sandbox'],
  ]
}

function graphics({ gpu, libraries }: JailRequest): string[] {
  if (gpu === undefined) return []
  const files = gpu.files.filter((path) => !libraries.includes(path))
  return [
    ...files.flatMap((path) => readOnly(path)),
    ...(files.includes(gpu.loader.to) ? [] : readOnly(gpu.loader.from, gpu.loader.to)),
    ...gpu.links.flatMap(([target, at]) => ['--symlink', target, at]),
    ...gpu.devices.flatMap((path) => ['--dev-bind', path, path]),
  ]
}

function root(request: JailRequest): string[] {
  const { deno, guest, libraries, without } = request
  // Deno asks for the path of its own program there, and gives up when it gets no answer.
  const fakeProcfs = ['--dir', '/proc/self', '--symlink', inside.deno, '/proc/self/exe']
  return [
    ...libraries.flatMap((path) => readOnly(path)),
    ...readOnly(deno, inside.deno),
    ...(guest === undefined ? [] : readOnly(guest, inside.guest)),
    ...['/dev/null', '/dev/urandom'].flatMap((path) => ['--dev-bind', path, path]),
    ...graphics(request),
    ...(without.has('procfs') ? ['--proc', '/proc'] : fakeProcfs),
    ...['--chdir', '/', '--remount-ro', '/'],
  ]
}

function environment(request: JailRequest): string[] {
  const set = Object.entries(request.environment).flatMap(([name, value]) => [
    '--setenv',
    name,
    value,
  ])
  return request.without.has('environment') ? set : ['--clearenv', ...set]
}

/** The program and arguments that go before `/deno`; empty when nothing of the jail is left. */
export function buildJail(request: JailRequest): readonly string[] {
  const { bubblewrap, without } = request
  const filter = without.has('seccomp') ? [] : ['--seccomp', String(descriptors.filter)]
  const walls = without.has('bubblewrap')
    ? ['--dev-bind', '/', '/', '--chdir', '/']
    : [...namespaces(request), ...root(request)]
  return [
    bubblewrap.path,
    ...walls,
    // The sandbox is the first process of its namespace and ends with bubblewrap, which ends with us.
    ...(without.has('bubblewrap') ? [] : ['--as-pid-1']),
    ...['--die-with-parent', '--new-session', '--cap-drop', 'ALL'],
    ...environment(request),
    ...['--info-fd', String(descriptors.information)],
    ...filter,
    '--',
  ]
}
