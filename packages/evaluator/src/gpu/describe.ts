/** What this machine offers of a graphics processor, in words a person can read. */
import { basename } from 'node:path'

import { findGpu, type GpuParts, type NoGpu } from './find-gpu.ts'

/** Pure: in words, what was found. */
export function describeFound(found: GpuParts | NoGpu): string {
  if ('missing' in found) return `none: ${found.missing}`
  const drivers = found.manifests.map((path) => basename(path, '.json')).join(', ')
  return `${drivers} with ${found.devices.join(', ')}; off unless granted with --gpu`
}

/** Looks for drivers and devices; whether they compute is seen only in a sandbox. */
export async function describeGpu(deno: string): Promise<string> {
  if (process.platform !== 'linux') return 'none: only looked for on Linux'
  try {
    return describeFound(await findGpu({ deno }))
  } catch (error) {
    return `none: ${(error as Error).message}`
  }
}
