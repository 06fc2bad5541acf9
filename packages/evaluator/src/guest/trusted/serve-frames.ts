/**
 * The trusted thread of a sandbox whose supervisor is ours: it starts the realm of the work function,
 * speaks frames on the standard streams and ends with them.
 */
import { guestLimits } from '../limits.ts'
import type { RunOrder } from '../messages.ts'
import { exit, openInput, writeAll } from './deno.ts'
import { createDoze } from './doze.ts'
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
import { every, later, standStill } from './timers.ts'

const encoder = new TextEncoder()

/** What the realm says last of its start, or of a work function that it loads. */
const loadingEnds: ReadonlySet<string> = new Set(['ready', 'assigned', 'refused'])

/** Never returns: the process ends with its input. */
export async function serveFrames(): Promise<never> {
  const now = (): number => performance.now()
  const doze = createDoze({ now, sleep: standStill })
  let loading = true
  let onQuiet: (() => void) | undefined
  let waitingSince = 0
  let isWatched = false

  const realm = startRealm((report) => {
    reporter.report(report)
    if (loadingEnds.has(report[0])) loading = false
    if (isQuiet()) onQuiet?.()
    else doze.after(report[0], reporter.pace())
  })
  const reporter = createReporter(
    {
      sendBytes: (type, id, payload) => writeMessage(writeAll, type, id, payload),
      send: (type, id, json) => writeMessage(writeAll, type, id, encoder.encode(json)),
      now,
      later,
    },
    realm.name,
  )

  /** Nothing is asked of the realm, so nothing will come of it. */
  function isQuiet(): boolean {
    return !loading && !reporter.busy
  }

  /** One timer for all batches: to make one for each would take longer than many a batch. */
  function watch(): void {
    isWatched = true
    later(() => {
      isWatched = false
      if (onQuiet === undefined) return
      if (now() - waitingSince >= guestLimits.patienceMs) onQuiet()
      else watch()
    }, guestLimits.patienceMs)
  }

  /** Resolves when the realm has nothing to do, and in any case after some milliseconds. */
  function quietOrPatience(): Promise<void> {
    waitingSince = now()
    if (!isWatched) watch()
    return new Promise((resolve) => {
      onQuiet = () => {
        onQuiet = undefined
        resolve()
      }
    })
  }

  every(() => {
    writeMessage(writeAll, reportTypes.heartbeat, 0, encoder.encode('{}'))
  }, guestLimits.heartbeatMs)

  function assign(payload: Uint8Array): void {
    loading = true
    try {
      realm.order(readAssign(payload))
    } catch (error) {
      const { message } = error as Error
      const refusal = `the arguments cannot be decoded: ${message}`
      loading = false
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

  const input = openInput()
  for (;;) {
    if (!isQuiet()) await quietOrPatience()
    const message = await readMessage(isQuiet() ? input.readStandingStill : input.read)
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
