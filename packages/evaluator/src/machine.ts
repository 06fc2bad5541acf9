/** What this machine offers to keep a sandbox in: found once, when the broker starts. */
import { accessSync, constants, existsSync } from 'node:fs'

export interface Machine {
  readonly platform: NodeJS.Platform
  /** True: sandboxes get a user id of their own. */
  readonly root: boolean
  readonly setpriv: string | undefined
  readonly prlimit: string | undefined
  /** True: processor time and memory of a sandbox can be read. */
  readonly procfs: boolean
}

/** Not the PATH: what is run here is run with the rights of the broker. */
const toolFolders = ['/usr/bin', '/bin', '/usr/sbin', '/sbin', '/usr/local/bin']

function findTool(name: string): string | undefined {
  return toolFolders
    .map((folder) => `${folder}/${name}`)
    .find((path) => {
      try {
        accessSync(path, constants.X_OK)
        return true
      } catch {
        return false
      }
    })
}

export function inspectMachine(): Machine {
  const linux = process.platform === 'linux'
  return {
    platform: process.platform,
    root: process.getuid?.() === 0,
    setpriv: linux ? findTool('setpriv') : undefined,
    prlimit: linux ? findTool('prlimit') : undefined,
    procfs: linux && existsSync('/proc/self/statm'),
  }
}

/** The layers that hold a sandbox on this machine, outermost last, in words a person can read. */
export function protectionsOf(machine: Machine): readonly string[] {
  const layers = ['hardened realm', 'every Deno permission denied', 'empty environment']
  if (machine.setpriv !== undefined) {
    if (machine.root) layers.push('user id of its own')
    layers.push('no new privileges', 'dies with its broker')
  }
  if (machine.prlimit !== undefined) layers.push('resource limits')
  if (machine.procfs) layers.push('memory watched')
  return layers
}
