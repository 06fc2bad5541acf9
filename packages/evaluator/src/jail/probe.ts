/**
 * Proves the jail: builds one, lets a program with every permission look around in it, and looks at
 * that program from outside. A jail that was never seen to hold is not called one.
 */
import { readlinkSync } from 'node:fs'

import { startJailed } from '../jailed-process.ts'
import { environment, type LaunchCommand } from '../launch.ts'
import { brokerLimits } from '../limits.ts'
import { type FileView, systemFiles } from './file-view.ts'

/** What the program in the jail said. */
export interface Seen {
  readonly pid: number
  readonly uid: number
  readonly hostname: string
  readonly variables: readonly string[]
  readonly visible: readonly string[]
  readonly done: readonly string[]
}

/** What the kernel says of that program, read from outside. */
export interface Watched {
  /** `/proc/PID/status`. */
  readonly status: string
  /** Names of namespaces that it shares with this process. */
  readonly shared: readonly string[]
}

export type Proof =
  | { readonly holds: true }
  /** What was wrong, in words; what bubblewrap said where it did not even start. */
  | { readonly holds: false; readonly faults: readonly string[]; readonly said: string }

const namespaces = ['user', 'pid', 'net', 'ipc', 'uts', 'mnt'] as const
const nobody = 65_534
/** bubblewrap sets it when it changes the directory. */
const variablesAllowed = [...Object.keys(environment), 'PWD']

function field(status: string, name: string): string {
  return new RegExp(`^${name}:\\s*(.*)$`, 'm').exec(status)?.[1]?.trim() ?? ''
}

/** Everything that is not as it must be; empty when the jail holds. Pure. */
export function findFaults(seen: Seen, { shared, status }: Watched): readonly string[] {
  const filterMode = '2'
  const noCapability = /^0+$/
  const extra = seen.variables.filter((name) => !variablesAllowed.includes(name))
  const faults: (string | false)[] = [
    seen.pid !== 1 && `it is process ${seen.pid}, not the first of a namespace`,
    seen.uid !== nobody && `it runs as user ${seen.uid}`,
    seen.hostname !== 'sandbox' && 'it sees the name of this machine',
    extra.length > 0 && `it sees the variables ${extra.join(', ')}`,
    seen.visible.length > 0 && `it sees ${seen.visible.join(', ')}`,
    seen.done.length > 0 && `it can ${seen.done.join(', ')}`,
    shared.length > 0 && `it shares the namespaces ${shared.join(', ')}`,
    field(status, 'Seccomp') !== filterMode && 'no filter of system calls is in force',
    field(status, 'NoNewPrivs') !== '1' && 'it may gain privileges',
    !noCapability.test(field(status, 'CapEff')) && 'it has capabilities',
    field(status, 'Uid').split('\t').includes('0') && 'it is root outside the jail',
  ]
  return faults.filter((fault) => fault !== false)
}

function parseSeen(line: string): Seen {
  const { done, hostname, pid, uid, variables, visible } = JSON.parse(line) as Seen
  return { done, hostname, pid, uid, variables, visible }
}

function sharedNamespaces(pid: number): readonly string[] {
  return namespaces.filter((name) => {
    const [mine, its] = ['self', pid].map((which) => readlinkSync(`/proc/${which}/ns/${name}`))
    return mine === its
  })
}

/** Starts the command of a sandbox whose program is the probe, and judges what comes back. */
export async function proveJail(
  command: LaunchCommand,
  filterFile: string,
  files: FileView = systemFiles,
): Promise<Proof> {
  const running = startJailed({
    command,
    streams: ['pipe', 'pipe', 'pipe'],
    filterFile,
    group: undefined,
    niceness: 0,
  })
  const { child } = running
  const texts = { out: '', error: '' }
  const ended = new Promise<void>((resolve) => {
    child.once('error', (error) => {
      texts.error += error.message
      resolve()
    })
    child.once('close', () => resolve())
  })
  const told = new Promise<void>((resolve) => {
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      texts.out += chunk
      if (texts.out.includes('\n')) resolve()
    })
  })
  child.stderr?.setEncoding('utf8').on('data', (chunk: string) => {
    texts.error = (texts.error + chunk).slice(-brokerLimits.diagnosticBytesMax)
  })
  child.stdin?.on('error', () => undefined)
  const impatience = setTimeout(() => running.kill(), brokerLimits.probeMs)
  try {
    await Promise.race([told, ended])
    const { pid } = running
    if (!texts.out.includes('\n') || pid === undefined) {
      await ended
      return { holds: false, faults: ['no program starts in it'], said: texts.error.trim() }
    }
    const status = files.read(`/proc/${pid}/status`) ?? ''
    const watched = { status, shared: sharedNamespaces(pid) }
    const faults = findFaults(parseSeen(texts.out), watched)
    return faults.length === 0
      ? { holds: true }
      : { holds: false, faults, said: texts.error.trim() }
  } catch (error) {
    return { holds: false, faults: [(error as Error).message], said: texts.error.trim() }
  } finally {
    clearTimeout(impatience)
    running.kill()
    await ended
  }
}
