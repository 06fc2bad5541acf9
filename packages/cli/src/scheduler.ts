/** `manyhands scheduler`: the daemons without a worker. */
import { createComputer } from '@manyhands/computer'
import { systemClock, systemRandom } from '@manyhands/protocol'

import { computerOptions, listensToOthers } from './computer-options.ts'
import { commandLogger } from './logging.ts'
import type { SchedulerFlags } from './program.ts'
import { othersText, readyLine } from './ready.ts'
import { listenForLeaving, untilLeaving } from './signals.ts'

export async function scheduler(options: SchedulerFlags): Promise<number> {
  const leaving = listenForLeaving()
  const logger = commandLogger(options.logLevel, 'json', systemClock)
  const computer = createComputer(computerOptions(options), {
    clock: systemClock,
    random: systemRandom,
    logger,
  })
  try {
    await computer.start()
    const others = othersText(computer.reachableAt, listensToOthers(options))
    process.stdout.write(
      options.json
        ? readyLine(computer, process.pid)
        : `The scheduler is up at ${computer.url.href}\n${others}`,
    )
    await untilLeaving(leaving)
    return 0
  } finally {
    await computer.close()
    leaving.close()
  }
}
