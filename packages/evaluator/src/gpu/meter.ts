/**
 * Time on a graphics processor, as the kernel counts it for a process: drivers of Linux tell it in
 * the descriptions of open files (`drm-engine-*`). The guest has no say in it. The driver of NVIDIA
 * tells nothing there, and a processor in software has no such file: what it uses is processor time.
 */
import { readdirSync, readFileSync } from 'node:fs'

const engine = /^drm-engine-(?!capacity-)[^:]+:\s*(\d+) ns$/gm
const client = /^drm-client-id:\s*(\d+)$/m
const device = /^drm-pdev:\s*(\S+)$/m

/** Nanoseconds by client of a driver: two descriptors of one client tell the same time twice. */
function engineTimes(descriptions: readonly string[]): ReadonlyMap<string, number> {
  const times = new Map<string, number>()
  for (const text of descriptions) {
    const id = client.exec(text)?.[1]
    if (id === undefined) continue
    const sum = [...text.matchAll(engine)].reduce((total, [, ns]) => total + Number(ns), 0)
    times.set(`${device.exec(text)?.[1] ?? ''} ${id}`, sum)
  }
  return times
}

export interface GpuMeter {
  /** Milliseconds of all engines so far; undefined where the kernel does not count them. */
  read(): number | undefined
}

function descriptionsOf(pid: number): readonly string[] {
  const folder = `/proc/${pid}/fdinfo`
  try {
    return readdirSync(folder).map((name) => readFileSync(`${folder}/${name}`, 'latin1'))
  } catch {
    // The process, or a file of it, was closed while we looked.
    return []
  }
}

/** What was counted for a client that is closed meanwhile stays counted. */
export function createGpuMeter(
  pid: number,
  describe: (pid: number) => readonly string[] = descriptionsOf,
): GpuMeter {
  const known = new Map<string, number>()
  return {
    read() {
      for (const [id, ns] of engineTimes(describe(pid))) {
        known.set(id, Math.max(ns, known.get(id) ?? 0))
      }
      if (known.size === 0) return undefined
      return [...known.values()].reduce((sum, ns) => sum + ns, 0) / 1e6
    },
  }
}
