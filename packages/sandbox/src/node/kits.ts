/** The worktimes that are installed here, besides that of JavaScript. */
import { findPyodide } from '@manyhands/evaluator'
import { pyodide } from '@manyhands/protocol'

import type { WorktimeKit } from '../worktime-kit.ts'

/** Files are read when the first work function needs them, and kept for the sandboxes after it. */
export function findKits(): readonly WorktimeKit[] {
  const python = findPyodide()
  if (python === undefined) return []
  let files: Promise<ReadonlyMap<string, Uint8Array>> | undefined
  return [
    {
      worktime: pyodide,
      files() {
        files ??= python.read().catch((error: unknown) => {
          files = undefined
          throw error
        })
        return files
      },
    },
  ]
}
