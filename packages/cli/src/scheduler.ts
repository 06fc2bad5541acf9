/** `manyhands scheduler`: the daemons without a worker. */
import { createComputer } from '@manyhands/computer'
import { systemClock, systemRandom } from '@manyhands/protocol'

import { commandLogger } from './logging.ts'
import { dataDirectory } from './paths.ts'
import type { SchedulerFlags } from './program.ts'
import { listenForLeaving, untilLeaving } from './signals.ts'

export async function scheduler(options: SchedulerFlags): Promise<number> {
  const leaving = listenForLeaving()
  const logger = commandLogger(options.logLevel, 'json', systemClock)
  const computer = createComputer(
    {
      dataDirectory: dataDirectory(options.data),
      port: options.port,
      ...(options.dcpClient === undefined ? {} : { clientPackage: options.dcpClient }),
    },
    { clock: systemClock, random: systemRandom, logger },
  )
  try {
    await computer.start()
    const url = computer.url.href
    const { keystores } = computer
    process.stdout.write(
      options.json
        ? `${JSON.stringify({ url, keystores, pid: process.pid })}\n`
        : `The scheduler is up at ${url}\n`,
    )
    await untilLeaving(leaving)
    return 0
  } finally {
    await computer.close()
    leaving.close()
  }
}
