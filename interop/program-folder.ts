// A folder with one of our programs for official clients, in which `require('dcp-client')` finds the
// package that is to be judged.
import { chmodSync, cpSync, mkdtempSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const programs = new URL('programs/', import.meta.url)

/** Anybody may read it; the caller removes it. `packages` is a folder where they are installed. */
export function folderOfProgram(program: string, packages: URL): string {
  const folder = mkdtempSync(join(tmpdir(), 'manyhands-programs-'))
  chmodSync(folder, 0o755)
  cpSync(new URL(program, programs), join(folder, program))
  const target = fileURLToPath(new URL('node_modules/', packages))
  symlinkSync(target, join(folder, 'node_modules'), 'junction')
  return folder
}
