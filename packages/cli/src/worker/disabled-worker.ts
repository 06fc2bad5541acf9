/**
 * The mark of a worker that its scheduler has stopped for good (`kill`, not temporary): a file in its
 * data directory. Only a person takes it away.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

export interface DisabledMark {
  /** Why the worker must not start, and what to do; undefined when it may. */
  read(): Promise<string | undefined>
  set(when: Date): Promise<void>
}

/** Without a data directory a worker is nobody that could be known again: it forgets with its end. */
export function disabledMark(directory: string | undefined): DisabledMark {
  if (directory === undefined) return { read: async () => undefined, set: async () => undefined }
  const file = join(directory, 'worker.disabled')
  return {
    async read() {
      try {
        const since = (await readFile(file, 'utf8')).trim()
        return `its scheduler disabled this worker (${since}): delete ${file} to let it work again`
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },
    async set(when) {
      await mkdir(directory, { recursive: true, mode: 0o700 })
      await writeFile(file, `${when.toISOString()}\n`, { mode: 0o600 })
    },
  }
}
