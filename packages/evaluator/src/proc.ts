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
  /** It computed between the last two readings of all threads. */
  moves: boolean
}

/**
 * Measures by the scheduler's own count, exact to the nanosecond unlike the ticks of `stat`. This is
 * read many times a second, after slices of microseconds: the files stay open, and threads that rest,
 * as most of a runtime's do, are looked at now and then. What they use is counted, a moment later.
 */
export function createCpuMeter(pid: number, now: () => number = Date.now): CpuMeter {
  const buffer = Buffer.alloc(64)
  const threads = new Map<string, Thread>()
  let listedAt = Number.NEGATIVE_INFINITY
  let allReadAt = Number.NEGATIVE_INFINITY
  let endedNanoseconds = 0

  function list(): void {
    if (now() - listedAt < brokerLimits.threadListMs) return
    listedAt = now()
    for (const id of readdirSync(`/proc/${pid}/task`)) {
      if (threads.has(id)) continue
      const file = openSync(`/proc/${pid}/task/${id}/schedstat`, 'r')
      threads.set(id, { file, nanoseconds: 0, moves: true })
    }
  }

  function drop(id: string, { file, nanoseconds }: Thread): void {
    closeSync(file)
    threads.delete(id)
    endedNanoseconds += nanoseconds
  }

  /** False: the thread has ended; what it used stays counted. */
  function readThread(id: string, thread: Thread): boolean {
    try {
      const length = readSync(thread.file, buffer, 0, buffer.length, 0)
      thread.nanoseconds = Number.parseInt(buffer.toString('latin1', 0, length), 10)
      return true
    } catch {
      drop(id, thread)
      return false
    }
  }

  function readAll(): void {
    list()
    allReadAt = now()
    for (const [id, thread] of threads) {
      const before = thread.nanoseconds
      readThread(id, thread)
      thread.moves = thread.nanoseconds !== before
    }
  }

  /** False when one of them has ended, as all do with their process. */
  function readMoving(): boolean {
    let live = true
    for (const [id, thread] of threads) {
      if (thread.moves && !readThread(id, thread)) live = false
    }
    return live
  }

  return {
    read() {
      try {
        if (now() - allReadAt >= brokerLimits.threadRestMs || !readMoving()) readAll()
      } catch {
        return undefined
      }
      let nanoseconds = endedNanoseconds
      for (const thread of threads.values()) nanoseconds += thread.nanoseconds
      return threads.size === 0 ? undefined : nanoseconds / 1e6
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
