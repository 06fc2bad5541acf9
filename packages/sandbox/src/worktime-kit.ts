/**
 * What a worktime is made of that a sandbox does not hold by itself. It is sent to a sandbox before
 * the first work function that needs it, once.
 */
import type { Worktime } from '@manyhands/protocol'

import { joinHeadAndBytes } from './framed/frames.ts'

export interface WorktimeKit {
  readonly worktime: Worktime
  /** Names and contents of its files. */
  files(): Promise<ReadonlyMap<string, Uint8Array>>
}

/** The message that carries a kit. */
export async function kitPayload({ files, worktime }: WorktimeKit): Promise<Uint8Array> {
  const contents = [...(await files())]
  const lengths = contents.map(([name, bytes]) => [name, bytes.byteLength])
  const bytes = new Uint8Array(contents.reduce((sum, [, one]) => sum + one.byteLength, 0))
  let from = 0
  for (const [, one] of contents) {
    bytes.set(one, from)
    from += one.byteLength
  }
  return joinHeadAndBytes(JSON.stringify({ name: worktime.name, files: lengths }), bytes)
}
