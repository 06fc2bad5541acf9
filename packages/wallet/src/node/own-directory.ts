/** Directories that hold keys: only their owner may look inside. */
import { access, mkdir, stat } from 'node:fs/promises'
import { dirname } from 'node:path'

async function exists(path: string): Promise<boolean> {
  try {
    await access(path)
    return true
  } catch {
    return false
  }
}

/**
 * Makes the directory (0700) and those above it, where they are missing. Node's own recursive `mkdir`
 * never returns where a file system answers ENOENT although the parent is there, as /proc does.
 */
export async function makeOwnDirectory(path: string): Promise<void> {
  try {
    await mkdir(path, { mode: 0o700 })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return
    const parent = dirname(path)
    if (code !== 'ENOENT' || parent === path || (await exists(parent))) throw error
    await makeOwnDirectory(parent)
    await mkdir(path, { mode: 0o700 })
  }
}
