/** The trusted thread of a sandbox whose supervisor is the official worker. */
import type { RealmFeatures } from '../../messages.ts'
import { exit, readChunks, writeAll } from '../deno.ts'
import { startRealm } from '../realm-thread.ts'
import { worktimesWith } from './dialect.ts'
import { createLineSession, type LineSession } from './line-session.ts'
import { splitLines } from './split-lines.ts'

const encoder = new TextEncoder()

/** Never returns: the process ends with its input, or when the worker says so. */
export async function serveLines(equipment: readonly string[]): Promise<never> {
  let session: LineSession | undefined
  let onReady: (features: RealmFeatures) => void = () => undefined
  const ready = new Promise<RealmFeatures>((resolve) => {
    onReady = resolve
  })
  const realm = startRealm((report) => {
    if (report[0] === 'ready') onReady(report[1])
    else session?.report(report)
  })
  // The worker speaks as soon as it is connected; what it says waits in the pipe.
  session = createLineSession({
    features: await ready,
    worktimes: worktimesWith(equipment),
    realmName: realm.name,
    order: realm.order,
    write: (line) => writeAll(encoder.encode(`${line}\n`)),
    exit: () => exit(0),
    now: () => performance.now(),
    date: () => new Date().toString(),
  })
  for await (const line of splitLines(readChunks())) session.line(line)
  exit(0)
}
