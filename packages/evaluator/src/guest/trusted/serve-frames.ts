/**
 * The trusted thread of a sandbox whose supervisor is ours: it starts the realm of the work function,
 * speaks frames on the standard streams and ends with them.
 */
import { guestLimits } from '../limits.ts'
import type { RunOrder } from '../messages.ts'
import { createReader, exit, writeAll } from './deno.ts'
import { orderTypes, readMessage, reportTypes, writeMessage } from './frames.ts'
import {
  readAssign,
  readFetched,
  readModules,
  readRun,
  readWorktime,
  withoutUncloneable,
} from './orders.ts'
import { startRealm } from './realm-thread.ts'
import { createReporter } from './reports.ts'
import { every, later } from './timers.ts'

const encoder = new TextEncoder()

/** Never returns: the process ends with its input. */
export async function serveFrames(): Promise<never> {
  const realm = startRealm((report) => reporter.report(report))
  const reporter = createReporter(
    {
      sendBytes: (type, id, payload) => writeMessage(writeAll, type, id, payload),
      send: (type, id, json) => writeMessage(writeAll, type, id, encoder.encode(json)),
      now: () => performance.now(),
      later,
    },
    realm.name,
  )

  every(() => {
    writeMessage(writeAll, reportTypes.heartbeat, 0, encoder.encode('{}'))
  }, guestLimits.heartbeatMs)

  function assign(payload: Uint8Array): void {
    try {
      realm.order(readAssign(payload))
    } catch (error) {
      const { message } = error as Error
      const refusal = `the arguments cannot be decoded: ${message}`
      reporter.report(['refused', { name: 'Error', code: 'EBADARG', message: refusal }])
    }
  }

  function run(id: number, batch: RunOrder): void {
    reporter.begin({ id, slices: batch.slices })
    try {
      realm.order(batch)
    } catch {
      realm.order(withoutUncloneable(batch))
    }
  }

  const read = createReader()
  for (;;) {
    const message = await readMessage(read)
    if (message === undefined) exit(0)
    switch (message.type) {
      case orderTypes.assign:
        assign(message.payload)
        break
      case orderTypes.run:
        run(message.id, readRun(message.payload))
        break
      case orderTypes.modules:
        realm.order(readModules(message.payload))
        break
      case orderTypes.fetched:
        realm.order(readFetched(message.payload))
        break
      case orderTypes.worktime:
        realm.order(readWorktime(message.payload))
        break
      case orderTypes.stop:
        realm.order({ kind: 'stop' })
        break
      default:
        exit(2)
    }
  }
}
