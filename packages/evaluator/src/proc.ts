/** Reads a process's processor time and memory from /proc, where there is one. */
import { closeSync, openSync, readdirSync, readFileSync, readlinkSync, readSync } from 'node:fs'

import { brokerLimits } from './limits.ts'

const pageBytes = 4096

/** Says which process ids this process sees; undefined where there is no way to tell. */
export function pidNamespace(): string | undefined {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return undefined
  }
}

export interface CpuMeter {
  /** Milliseconds on a processor so far, of all threads; undefined when the process is gone. */
  read(): number | undefined
  close(): void
}

interface Thread {
  readonly file: number
  nanoseconds: number
}

/**
 * Measures by the scheduler's own count, exact to the nanosecond unlike the ticks of `stat`. The files
 * stay open: opening them is most of the cost, and this is read many times a second.
 */
export function createCpuMeter(pid: number, now: () => number = Date.now): CpuMeter {
  const buffer = Buffer.alloc(64)
  const threads = new Map<string, Thread>()
  let listedAt = Number.NEGATIVE_INFINITY
  let endedNanoseconds = 0

  function list(): void {
    if (now() - listedAt < brokerLimits.threadListMs) return
    listedAt = now()
    for (const id of readdirSync(`/proc/${pid}/task`)) {
      if (threads.has(id)) continue
      const file = openSync(`/proc/${pid}/task/${id}/schedstat`, 'r')
      threads.set(id, { file, nanoseconds: 0 })
    }
  }

  function drop(id: string, { file, nanoseconds }: Thread): void {
    closeSync(file)
    threads.delete(id)
    endedNanoseconds += nanoseconds
  }

  function readThread(id: string, thread: Thread): void {
    try {
      const length = readSync(thread.file, buffer, 0, buffer.length, 0)
      thread.nanoseconds = Number.parseInt(buffer.toString('latin1', 0, length), 10)
    } catch {
      // The thread has ended; what it used stays counted.
      drop(id, thread)
    }
  }

  return {
    read() {
      try {
        list()
      } catch {
        return undefined
      }
      let nanoseconds = 0
      for (const [id, thread] of threads) {
        readThread(id, thread)
        if (threads.has(id)) nanoseconds += thread.nanoseconds
      }
      return threads.size === 0 ? undefined : (endedNanoseconds + nanoseconds) / 1e6
    },
    close() {
      for (const [id, thread] of threads) drop(id, thread)
    },
  }
}

/** Resident memory in bytes; undefined when the process is gone. */
export function readMemoryBytes(pid: number): number | undefined {
  try {
    const [, resident = ''] = readFileSync(`/proc/${pid}/statm`, 'latin1').split(' ')
    return Number(resident) * pageBytes
  } catch {
    return undefined
  }
}
