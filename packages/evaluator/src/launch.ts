/**
 * The command that starts one sandbox: the only place that knows which layers are put around Deno
 * and in which order. It is pure.
 */
import { blockedImports } from './blocked-imports.ts'
import type { GpuParts } from './gpu/find-gpu.ts'
import { type Bubblewrap, buildJail, inside } from './jail/bubblewrap.ts'
import type { SandboxLimits } from './limits.ts'
import type { Machine } from './machine.ts'
import type { Layer } from './weaken.ts'

/** What the jail is built from, found once. */
export interface JailParts {
  readonly bubblewrap: Bubblewrap
  readonly libraries: readonly string[]
}

/** What a sandbox speaks with its supervisor: our frames, or the lines of the official worker. */
export type Tongue = 'frames' | 'lines'

export interface LaunchRequest {
  readonly deno: string
  readonly guest: string
  /** User and group id of the sandbox; used when the machine lets us choose. */
  readonly uid: number
  readonly limits: SandboxLimits
  readonly tongue?: Tongue
  /** Worktimes whose files a sandbox that speaks lines may ask for. */
  readonly equipment?: readonly string[]
  /** Undefined: the graphics processor is not granted. */
  readonly gpu?: GpuParts | undefined
  /** Undefined: no jail. */
  readonly jail?: JailParts
  /** Files of the groups that the sandbox enters before it gives up its rights. */
  readonly doors?: readonly string[]
  readonly without?: ReadonlySet<Layer>
  /** Instead of the guest: a program in a URL, allowed all that Deno can allow. */
  readonly probe?: string
}

export interface LaunchCommand {
  readonly file: string
  readonly args: readonly string[]
  /** Undefined, in tests alone: the environment of the broker. */
  readonly env: Readonly<Record<string, string>> | undefined
  /** Set when the process has to be started as this user because no program drops to it. */
  readonly uid?: number
  /** True: the filter of system calls is to be opened for bubblewrap. */
  readonly filtered: boolean
  /** True: bubblewrap tells the process id of Deno, which is not the one that was started. */
  readonly nested: boolean
}

/** V8 maps its heaps far beyond what it uses: below this a realm cannot even start. */
const mappedMibMin = 2048
const bytesPerMib = 1 << 20

/** Enters each group by writing into its file, then becomes the program that follows. */
const enterGroups =
  'n=$1; shift; while [ "$n" -gt 0 ]; do echo 0 > "$1" || exit 125; shift; n=$((n - 1)); done; exec "$@"'

function groups(doors: readonly string[]): string[] {
  if (doors.length === 0) return []
  return ['/bin/sh', '-c', enterGroups, 'sh', String(doors.length), ...doors]
}

function privileges(machine: Machine, { gpu, uid }: LaunchRequest, drops: boolean): string[] {
  if (machine.setpriv === undefined) return []
  const devices = gpu?.groups.join(',') ?? ''
  const others = devices === '' ? '--clear-groups' : `--groups=${devices}`
  const user = drops ? [`--reuid=${uid}`, `--regid=${uid}`, others] : []
  const capabilities = drops ? ['--inh-caps=-all', '--bounding-set=-all'] : []
  const rest = ['--no-new-privs', '--pdeathsig', 'KILL', '--']
  return [machine.setpriv, ...user, ...capabilities, ...rest]
}

function resources(machine: Machine, limits: SandboxLimits, drops: boolean): string[] {
  if (machine.prlimit === undefined) return []
  const { fileMib, memoryMib, openFiles, processes } = limits
  return [
    machine.prlimit,
    `--nofile=${openFiles}`,
    '--core=0',
    // Processes are counted per user: without a user of its own the sandbox would share the limit.
    ...(drops ? [`--nproc=${processes}`] : []),
    `--fsize=${fileMib * bytesPerMib}`,
    `--data=${(mappedMibMin + memoryMib) * bytesPerMib}`,
    '--',
  ]
}

function allowances(without: ReadonlySet<Layer>, probe: boolean): string[] {
  if (probe || without.has('permissions')) return ['--allow-all']
  const denied = ['read', 'write', 'net', 'env', 'sys', 'run', 'ffi', 'import']
  return denied.map((name) => `--deny-${name}`)
}

function modules(without: ReadonlySet<Layer>): string[] {
  if (without.has('imports')) return []
  return ['--no-remote', '--no-npm', `--import-map=${blockedImports}`]
}

function runtime(request: LaunchRequest, deno: string, program: string): string[] {
  const { limits, probe, without = new Set() } = request
  const off = ['prompt', 'config', 'lock', 'code-cache']
  return [
    deno,
    'run',
    '--quiet',
    ...off.map((name) => `--no-${name}`),
    ...allowances(without, probe !== undefined),
    ...(probe === undefined ? modules(without) : []),
    ...(without.has('limits') ? [] : [`--v8-flags=--max-old-space-size=${limits.heapMib}`]),
    program,
    ...(probe === undefined ? guestArguments(request) : []),
  ]
}

/** What `main.deno.ts` of the guest reads. */
function guestArguments({ equipment = [], gpu, tongue = 'frames' }: LaunchRequest): string[] {
  const granted = gpu === undefined ? [] : [gpu.software ? '--gpu=software' : '--gpu']
  return [tongue, ...(tongue === 'lines' ? equipment : []), ...granted]
}

/** All that Deno is told of the world. */
export const environment = {
  DENO_DIR: '/nonexistent/deno',
  DENO_NO_UPDATE_CHECK: '1',
  HOME: '/nonexistent',
  NO_COLOR: '1',
} as const

/** Where the loader of Vulkan finds its drivers: under the name it has, and the one it had. */
function environmentWith(gpu: GpuParts | undefined): Readonly<Record<string, string>> {
  if (gpu === undefined) return environment
  const manifests = gpu.manifests.join(':')
  return { ...environment, VK_DRIVER_FILES: manifests, VK_ICD_FILENAMES: manifests }
}

/** The jail's arguments, and where Deno and its program are for whoever is in it. */
function walls(request: LaunchRequest): { jail: readonly string[]; deno: string; program: string } {
  const { deno, gpu, guest, jail, probe, without = new Set<Layer>() } = request
  const bare = { jail: [], deno, program: probe ?? guest }
  if (jail === undefined || (without.has('bubblewrap') && without.has('seccomp'))) return bare
  const arguments_ = buildJail({
    ...jail,
    deno,
    guest: probe === undefined ? guest : undefined,
    environment: environmentWith(gpu),
    gpu,
    without,
  })
  if (without.has('bubblewrap')) return { ...bare, jail: arguments_ }
  return { jail: arguments_, deno: inside.deno, program: probe ?? inside.guest }
}

function environmentOf(
  jailed: boolean,
  { gpu, without = new Set() }: LaunchRequest,
): LaunchCommand['env'] {
  if (without.has('environment')) return undefined
  // In the jail bubblewrap sets the environment, and its own is empty: it could be read inside.
  return jailed ? {} : environmentWith(gpu)
}

/** The command for one sandbox; its standard input and output are the stream of its supervisor. */
export function buildLaunch(machine: Machine, request: LaunchRequest): LaunchCommand {
  const { doors = [], limits, uid, without = new Set<Layer>() } = request
  const drops = machine.root && !without.has('user')
  const { deno, jail, program } = walls(request)
  const [file = deno, ...args] = [
    ...groups(doors),
    ...privileges(machine, request, drops),
    ...(without.has('limits')
      ? []
      : resources(machine, limits, drops && machine.setpriv !== undefined)),
    ...jail,
    ...runtime(request, deno, program),
  ]
  return {
    file,
    args,
    env: environmentOf(jail.length > 0, request),
    ...(drops && machine.setpriv === undefined ? { uid } : {}),
    filtered: jail.length > 0 && !without.has('seccomp'),
    nested: jail.length > 0,
  }
}
