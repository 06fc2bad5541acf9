/**
 * The command that starts one sandbox: the only place that knows which layers are put around Deno
 * and in which order. It is pure, so that a jail can be added and read here.
 */
import { blockedImports } from './blocked-imports.ts'
import type { SandboxLimits } from './limits.ts'
import type { Machine } from './machine.ts'

export interface LaunchRequest {
  readonly deno: string
  readonly guest: string
  /** User and group id of the sandbox; used when the machine lets us choose. */
  readonly uid: number
  readonly limits: SandboxLimits
}

export interface LaunchCommand {
  readonly file: string
  readonly args: readonly string[]
  readonly env: Readonly<Record<string, string>>
}

/** V8 maps its heaps far beyond what it uses: below this a realm cannot even start. */
const mappedMibMin = 2048
const bytesPerMib = 1 << 20

function privileges(machine: Machine, uid: number): string[] {
  if (machine.setpriv === undefined) return []
  const user = machine.root ? [`--reuid=${uid}`, `--regid=${uid}`, '--clear-groups'] : []
  const capabilities = machine.root ? ['--inh-caps=-all', '--bounding-set=-all'] : []
  const rest = ['--no-new-privs', '--pdeathsig', 'KILL', '--']
  return [machine.setpriv, ...user, ...capabilities, ...rest]
}

function resources(machine: Machine, limits: SandboxLimits): string[] {
  if (machine.prlimit === undefined) return []
  const { fileMib, memoryMib, openFiles, processes } = limits
  // Processes are counted per user: without a user of its own the sandbox would share the limit.
  const own = machine.root && machine.setpriv !== undefined ? [`--nproc=${processes}`] : []
  return [
    machine.prlimit,
    `--nofile=${openFiles}`,
    '--core=0',
    ...own,
    `--fsize=${fileMib * bytesPerMib}`,
    `--data=${(mappedMibMin + memoryMib) * bytesPerMib}`,
    '--',
  ]
}

function runtime({ deno, guest, limits }: LaunchRequest): string[] {
  const denied = ['read', 'write', 'net', 'env', 'sys', 'run', 'ffi', 'import']
  const off = ['prompt', 'remote', 'npm', 'config', 'lock', 'code-cache']
  return [
    deno,
    'run',
    '--quiet',
    ...off.map((name) => `--no-${name}`),
    ...denied.map((name) => `--deny-${name}`),
    `--import-map=${blockedImports}`,
    `--v8-flags=--max-old-space-size=${limits.heapMib}`,
    guest,
  ]
}

const environment = {
  DENO_DIR: '/nonexistent/deno',
  DENO_NO_UPDATE_CHECK: '1',
  HOME: '/nonexistent',
  NO_COLOR: '1',
}

/** The command for one sandbox; its standard input and output are the stream of its supervisor. */
export function buildLaunch(machine: Machine, request: LaunchRequest): LaunchCommand {
  const [file = request.deno, ...args] = [
    ...privileges(machine, request.uid),
    ...resources(machine, request.limits),
    ...runtime(request),
  ]
  return { file, args, env: environment }
}
