/** Where a person's keystores are: the same places in which the official packages look. */
import { join } from 'node:path'

export interface Surroundings {
  /** The person's home directory. */
  readonly home: string
  /** `DCP_RESOURCE_DIR` names the directory itself, `XDG_DATA_HOME` the one that holds `dcp`. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** `~/.dcp` unless the environment says otherwise. */
export function resourceDirectory({ home, env = {} }: Surroundings): string {
  const named = env['DCP_RESOURCE_DIR']
  if (named !== undefined && named !== '') return named
  const data = env['XDG_DATA_HOME']
  if (data !== undefined && data !== '') return join(data, 'dcp')
  return join(home, '.dcp')
}
