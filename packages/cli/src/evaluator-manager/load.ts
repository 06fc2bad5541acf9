/** The load of the machine, by the averages of the kernel in /proc/loadavg. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'

import type { Random } from '@manyhands/protocol'

import type { Monitor } from './monitor.ts'

export const loadTypes = ['short', 'medium', 'med', 'long', 'random'] as const
export type LoadType = (typeof loadTypes)[number]

const places = { short: 0, medium: 1, med: 1, long: 2 } as const

/** Five numbers of which one changes each time: their mean changes slowly. */
const sampleCount = 5

export interface LoadReader {
  /** @throws Error when the averages cannot be read. */
  read(): Promise<number>
}

export interface LoadOptions {
  readonly type: LoadType
  /** /proc, or what stands for it in tests. */
  readonly proc: string
}

/** A number between 0 and 1 in the place of a load, as the official program makes it for tests. */
function randomLoad(random: Random): LoadReader {
  const samples = Array.from({ length: sampleCount }, () => 0.5)
  return {
    async read() {
      samples[Math.floor(random.float() * sampleCount)] = random.float()
      const mean = samples.reduce((sum, sample) => sum + sample, 0) / sampleCount
      return Number((random.float() * mean).toFixed(2))
    },
  }
}

export function createLoadReader({ proc, type }: LoadOptions, random: Random): LoadReader {
  if (type === 'random') return randomLoad(random)
  const file = join(proc, 'loadavg')
  return {
    async read() {
      const text = await readFile(file, 'utf8')
      const load = Number.parseFloat(text.split(' ')[places[type]] ?? '')
      if (!Number.isFinite(load)) throw new Error(`${file} holds no load averages`)
      return load
    },
  }
}

/** Busy above a load at which even running evaluators must go. */
export function createLoadMonitor(reader: LoadReader, stopLoad: number): Monitor {
  return {
    name: 'load',
    async look() {
      const load = await reader.read()
      return load > stopLoad ? `${load} is more than ${stopLoad}` : undefined
    },
  }
}
