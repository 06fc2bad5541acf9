/**
 * What the decisions about this machine look at: files of /proc, /sys and /etc, and which of them may
 * be written or run. Reading goes through here so that a machine can be recorded and decided about
 * elsewhere.
 */
import { accessSync, constants, readFileSync } from 'node:fs'

export interface FileView {
  /** The text of a file; undefined when it cannot be read. */
  read(path: string): string | undefined
  canWrite(path: string): boolean
  canRun(path: string): boolean
}

/** A machine as it was once: every file that was asked for, and what was allowed. */
export interface RecordedFiles {
  readonly files: Readonly<Record<string, string>>
  readonly writable: readonly string[]
  readonly runnable: readonly string[]
}

function may(path: string, mode: number): boolean {
  try {
    accessSync(path, mode)
    return true
  } catch {
    return false
  }
}

export const systemFiles: FileView = {
  read(path) {
    try {
      return readFileSync(path, 'utf8')
    } catch {
      return undefined
    }
  },
  canWrite: (path) => may(path, constants.W_OK),
  canRun: (path) => may(path, constants.X_OK),
}

export function viewOf({ files, runnable, writable }: RecordedFiles): FileView {
  return {
    read: (path) => files[path],
    canWrite: (path) => writable.includes(path),
    canRun: (path) => runnable.includes(path),
  }
}

/** Looks through `view` and remembers every answer. */
export function recordFiles(view: FileView): FileView & { recorded(): RecordedFiles } {
  const files: Record<string, string> = {}
  const writable = new Set<string>()
  const runnable = new Set<string>()
  return {
    read(path) {
      const text = view.read(path)
      if (text !== undefined) files[path] = text
      return text
    },
    canWrite(path) {
      const allowed = view.canWrite(path)
      if (allowed) writable.add(path)
      return allowed
    },
    canRun(path) {
      const allowed = view.canRun(path)
      if (allowed) runnable.add(path)
      return allowed
    },
    recorded: () => ({ files, writable: [...writable], runnable: [...runnable] }),
  }
}
