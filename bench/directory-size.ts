import { readdir, stat } from 'node:fs/promises'
import { join } from 'node:path'

/** The sum of the sizes of all files below a directory, in bytes. */
export async function directorySize(directory: string): Promise<number> {
  const entries = await readdir(directory, { recursive: true, withFileTypes: true })
  const sizes = entries
    .filter((entry) => entry.isFile())
    .map(async (entry) => (await stat(join(entry.parentPath, entry.name))).size)
  return (await Promise.all(sizes)).reduce((sum, one) => sum + one, 0)
}
