// A folder for the files of one test file, in the place of /proc, /sys or /dev/pts.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

export interface TestFolder {
  readonly path: string
  /** Writes a file, and the folders it is in. */
  write(file: string, text: string, mode?: number): string
  remove(file?: string): void
}

export function makeFolder(): TestFolder {
  const path = mkdtempSync(join(tmpdir(), 'manyhands-test-'))
  return {
    path,
    write(file, text, mode) {
      const whole = join(path, file)
      mkdirSync(dirname(whole), { recursive: true })
      writeFileSync(whole, text, mode === undefined ? {} : { mode })
      return whole
    },
    remove: (file = '.') => rmSync(join(path, file), { recursive: true, force: true }),
  }
}
