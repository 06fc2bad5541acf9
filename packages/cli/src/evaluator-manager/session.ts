/**
 * Terminal activity: the kernel notes at the terminal's device when somebody last typed, which is
 * what `w` shows as idle time. (It does so to eight seconds, lest typing can be listened to.)
 */
import { readdir, realpath, stat } from 'node:fs/promises'
import { join } from 'node:path'

import type { Clock } from '@manyhands/protocol'

import type { Monitor } from './monitor.ts'

export interface SessionOptions {
  /** /dev/pts, or what stands for it in tests. */
  readonly pts: string
  readonly idleSeconds: number
}

/** Terminals of this process: who started it from one still types there. */
async function ownTerminals(): Promise<ReadonlySet<string>> {
  const streams = [0, 1, 2].map((stream) =>
    // A pipe has a name that leads nowhere.
    realpath(`/proc/self/fd/${stream}`).catch(() => ''),
  )
  return new Set(await Promise.all(streams))
}

/** When it was last typed at; undefined for what is no terminal or has gone. */
async function typedAtMs(path: string): Promise<number | undefined> {
  try {
    const { atimeMs } = await stat(path)
    return atimeMs
  } catch {
    // Its session ended after the folder was listed.
    return undefined
  }
}

export function createSessionMonitor({ idleSeconds, pts }: SessionOptions, clock: Clock): Monitor {
  return {
    name: 'session',
    async look() {
      const own = await ownTerminals()
      const since = clock.now() - idleSeconds * 1_000
      for (const entry of await readdir(pts, { withFileTypes: true })) {
        const path = join(pts, entry.name)
        // The multiplexer is no terminal; it is opened by whoever makes one.
        if (entry.isDirectory() || entry.name === 'ptmx' || own.has(path)) continue
        const typed = await typedAtMs(path)
        if (typed !== undefined && typed > since) return `${path} is in use`
      }
      return undefined
    },
  }
}
