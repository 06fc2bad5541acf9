/** What `up` and `scheduler` make of their options for the computer they start. */
import type { ComputerOptions } from '@manyhands/computer'

import { isLoopback } from '@manyhands/service'

import { dataDirectory } from './paths.ts'
import type { Jail, SchedulerFlags, UpFlags } from './program.ts'

/** True when it listens to more than this machine. */
export function listensToOthers({ host }: SchedulerFlags): boolean {
  return !isLoopback(host)
}

/** True when strangers may deploy jobs there, by its port or through a proxy. */
function isForOthers(flags: SchedulerFlags): boolean {
  return flags.publicUrl !== undefined || listensToOthers(flags)
}

/** Whether sandboxes beside it must be jailed: where strangers deploy, unless somebody said otherwise. */
export function jailBeside(flags: UpFlags): Jail {
  return flags.jail ?? (isForOthers(flags) ? 'required' : 'auto')
}

export function computerOptions(flags: SchedulerFlags): ComputerOptions {
  const { port, host, publicUrl, dcpClient } = flags
  return {
    dataDirectory: dataDirectory(flags.data),
    port,
    host,
    ...(publicUrl === undefined ? {} : { publicOrigin: publicUrl }),
    ...(dcpClient === undefined ? {} : { clientPackage: dcpClient }),
  }
}
