/** Where things are on this machine, unless the user says otherwise. */
import { homedir } from 'node:os'
import { resolve } from 'node:path'

import { defaultDataDirectory } from '@manyhands/service'

export function dataDirectory(option: string | undefined): string {
  return option === undefined ? defaultDataDirectory(homedir(), process.env) : resolve(option)
}
