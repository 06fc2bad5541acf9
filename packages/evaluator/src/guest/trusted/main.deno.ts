/**
 * The trusted thread of a sandbox in Deno. It starts the realm of the work function, speaks frames
 * with the supervisor on the standard streams and ends with them.
 */
import realmSource from 'virtual:realm'

import { guestLimits } from '../limits.ts'
import type { RealmOrder, RealmReport, RunOrder } from '../messages.ts'
import { createReader, exit, writeAll } from './deno.ts'
import { orderTypes, readMessage, reportTypes, writeMessage } from './frames.ts'
import { readAssign, readRun, withoutUncloneable } from './orders.ts'
import { createReporter } from './reports.ts'

const encoder = new TextEncoder()
const realmUrl = URL.createObjectURL(new Blob([realmSource], { type: 'text/javascript' }))
const realm = new Worker(realmUrl, { type: 'module' })
const order = (message: RealmOrder): void => realm.postMessage(message)

const reporter = createReporter(
  {
    send: (type, id, json) => writeMessage(writeAll, type, id, encoder.encode(json)),
    now: () => performance.now(),
    later: (callback, delayMs) => {
      const timer = setTimeout(callback, delayMs)
      return () => clearTimeout(timer)
    },
  },
  realmUrl,
)

realm.addEventListener('message', (event: MessageEvent<RealmReport>) => reporter.report(event.data))
realm.addEventListener('messageerror', () => exit(3))
realm.addEventListener('error', (event) => {
  event.preventDefault()
  exit(4)
})

setInterval(() => {
  writeMessage(writeAll, reportTypes.heartbeat, 0, encoder.encode('{}'))
}, guestLimits.heartbeatMs)

function assign(payload: Uint8Array): void {
  try {
    order(readAssign(payload))
  } catch (error) {
    const { message } = error as Error
    const refusal = `the arguments cannot be decoded: ${message}`
    reporter.report(['refused', { name: 'Error', code: 'EBADARG', message: refusal }])
  }
}

function run(id: number, batch: RunOrder): void {
  reporter.begin({ id, slices: batch.slices })
  try {
    order(batch)
  } catch {
    order(withoutUncloneable(batch))
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
    case orderTypes.stop:
      order({ kind: 'stop' })
      break
    default:
      exit(2)
  }
}
