// What an official program finds in its environment: where the scheduler is and where its keystores
// are, and nothing else that could matter.
import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { RunningComputer } from '../scripts/start-computer.ts'

const worldWritable = 0o002

/** Whether anybody may put something into this folder, or into one that it lies in. */
function isOpenToAll(folder: string): boolean {
  if ((statSync(folder).mode & worldWritable) !== 0) return true
  return dirname(folder) !== folder && isOpenToAll(dirname(folder))
}

/**
 * The older official packages read no configuration of theirs below a folder such as `/tmp`. In a
 * checkout there they are told, by their own switch, that it is meant to be.
 */
const trust: Readonly<Record<string, string>> = isOpenToAll(
  fileURLToPath(new URL('.', import.meta.url)),
)
  ? { DCP_CLIENT_ALLOW_INSECURE_CONFIGURATION: 'yes' }
  : {}

export const cleanEnvironment: Readonly<Record<string, string>> = {
  PATH: process.env['PATH'] ?? '',
  ...trust,
}

/** For a program that uses this computer. */
export function environmentOf({
  home,
  url,
}: Pick<RunningComputer, 'home' | 'url'>): Record<string, string> {
  return { ...cleanEnvironment, HOME: home, DCP_SCHEDULER_LOCATION: url }
}
