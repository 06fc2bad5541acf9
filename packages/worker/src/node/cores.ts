/** How many cores there are for sandboxes. */
import { availableParallelism, cpus } from 'node:os'

/** Logical cores this process may use; physical ones are not known without root, so 0. */
export function countCores(): { logical: number; physical: number } {
  return { logical: Math.max(1, availableParallelism?.() ?? cpus().length), physical: 0 }
}
