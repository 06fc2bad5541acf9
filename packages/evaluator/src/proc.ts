/** Reads a process's processor time and memory from /proc. Undefined: it is gone, or there is none. */
import { readdirSync, readFileSync } from 'node:fs'

const pageBytes = 4096

/**
 * Milliseconds on a processor, of all threads that still run. Threads of a sandbox live as long as it
 * does; the scheduler's own count is exact to the nanosecond, unlike the ticks of `stat`.
 */
export function readCpuMs(pid: number): number | undefined {
  try {
    let nanoseconds = 0
    for (const thread of readdirSync(`/proc/${pid}/task`)) {
      const [onCpu = ''] = readFileSync(`/proc/${pid}/task/${thread}/schedstat`, 'latin1').split(
        ' ',
      )
      nanoseconds += Number(onCpu)
    }
    return nanoseconds / 1e6
  } catch {
    return undefined
  }
}

/** Resident memory in bytes. */
export function readMemoryBytes(pid: number): number | undefined {
  try {
    const [, resident = ''] = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')
    return Number(resident) * pageBytes
  } catch {
    return undefined
  }
}
