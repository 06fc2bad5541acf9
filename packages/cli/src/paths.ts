/** Where things are on this machine, unless the user says otherwise. */
import { homedir } from 'node:os'
import { join, resolve } from 'node:path'

/** `$XDG_DATA_HOME/manyhands`, else `~/.local/share/manyhands`. */
export function defaultDataDirectory(environment: NodeJS.ProcessEnv = process.env): string {
  const base = environment['XDG_DATA_HOME']
  // The XDG rules say that a relative path there is to be ignored.
  if (base !== undefined && base.startsWith('/')) return join(base, 'manyhands')
  return join(homedir(), '.local', 'share', 'manyhands')
}

export function dataDirectory(option: string | undefined): string {
  return option === undefined ? defaultDataDirectory() : resolve(option)
}
