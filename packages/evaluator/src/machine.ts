/** What this machine offers to keep a sandbox in: found once, when the broker starts. */
import { execFileSync } from 'node:child_process'

import type { Bubblewrap } from './jail/bubblewrap.ts'
import { type FileView, systemFiles } from './jail/file-view.ts'
import { userIdRange } from './user-ids.ts'

export interface Machine {
  readonly platform: NodeJS.Platform
  readonly arch: string
  /** True: sandboxes get a user id of their own. */
  readonly root: boolean
  readonly setpriv: string | undefined
  readonly prlimit: string | undefined
  readonly bubblewrap: Bubblewrap | undefined
  /** True: processor time and memory of a sandbox can be read. */
  readonly procfs: boolean
}

/** Not the PATH: what is run here is run with the rights of the broker. */
const toolFolders = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin']

/** The path of a program of this system, if it has it. */
export function findTool(name: string, files: FileView = systemFiles): string | undefined {
  return toolFolders.map((folder) => `${folder}/${name}`).find((path) => files.canRun(path))
}

/** The number in what `bwrap --version` prints. */
export function parseBubblewrapVersion(text: string): string {
  return /\d+(?:\.\d+)*/.exec(text)?.[0] ?? '0'
}

function findBubblewrap(): Bubblewrap | undefined {
  const path = findTool('bwrap')
  if (path === undefined) return undefined
  try {
    const text = execFileSync(path, ['--version'], { encoding: 'utf8', env: {} })
    return { path, version: parseBubblewrapVersion(text) }
  } catch {
    // A program of that name that cannot even say its version is as good as none.
    return undefined
  }
}

/** True when `id` means a user here: in a user namespace only some ids do. */
export function isMapped(map: string | undefined, id: number): boolean {
  if (map === undefined) return true
  return map.split('\n').some((line) => {
    const [first = Number.NaN, , count = 0] = line.trim().split(/\s+/).map(Number)
    return id >= first && id < first + count
  })
}

/**
 * True for whoever is root outside, too, and cannot become anybody else: in a user namespace with
 * that one user.
 */
export function isStuckAsRoot(files: FileView = systemFiles): boolean {
  if (process.getuid?.() !== 0 || canDrop(files)) return false
  const [first, outside] = (files.read('/proc/self/uid_map') ?? '').trim().split(/\s+/).map(Number)
  return first === 0 && outside === 0
}

/** Root of a namespace with one user cannot become another one. */
function canDrop(files: FileView): boolean {
  if (process.getuid?.() !== 0) return false
  const maps = ['uid_map', 'gid_map'].map((name) => files.read(`/proc/self/${name}`))
  return maps.every((map) => isMapped(map, userIdRange.first + userIdRange.count - 1))
}

export function inspectMachine(): Machine {
  const linux = process.platform === 'linux'
  return {
    platform: process.platform,
    arch: process.arch,
    root: canDrop(systemFiles),
    setpriv: linux ? findTool('setpriv') : undefined,
    prlimit: linux ? findTool('prlimit') : undefined,
    bubblewrap: linux ? findBubblewrap() : undefined,
    procfs: linux && systemFiles.read('/proc/self/statm') !== undefined,
  }
}
