/** `manyhands worker`: lends this machine to a scheduler. */
import { join } from 'node:path'

import { createConnection } from '@manyhands/connection'
import { connectLocation } from '@manyhands/connection/node'
import { systemClock, systemRandom } from '@manyhands/protocol'
import { createEvaluatorHost, createFetchBroker } from '@manyhands/sandbox/node'
import { parseAddress } from '@manyhands/wallet'
import { loadCrypto } from '@manyhands/wallet/node'
import { createWorker, defaultJail, parseJoin } from '@manyhands/worker'
import type { SchedulerCommand, Worker } from '@manyhands/worker'
import { countCores, createWorkerIdentity, fetchText, openWorkerFile } from '@manyhands/worker/node'

import { allowedOrigins } from './allowed-origins.ts'
import { disabledMark } from './disabled-worker.ts'
import { commandLogger } from '../logging.ts'
import { dataDirectory } from '../paths.ts'
import type { WorkerFlags } from '../program.ts'
import { listenForLeaving, untilLeaving } from '../signals.ts'
import type { Leaving } from '../signals.ts'
import { killedStatus, reloadStatus } from './worker-statuses.ts'

/** Time to return slices when somebody is in a hurry. */
const hurriedMs = 0

/**
 * Works until it is told to leave, by whoever runs it or by its scheduler; resolves with the exit
 * status.
 */
export async function worker(options: WorkerFlags): Promise<number> {
  const clock = systemClock
  const random = systemRandom
  const logger = commandLogger(options.logLevel, options.logFormat, clock)
  const data = options.data === undefined ? undefined : dataDirectory(options.data)
  const mark = disabledMark(data)
  const obstacle = await mark.read()
  if (obstacle !== undefined) {
    logger.error(obstacle)
    return killedStatus
  }
  const leaving = listenForLeaving(options.lifeline)
  const crypto = await loadCrypto(logger)
  const identity =
    data === undefined
      ? createWorkerIdentity({ crypto, random })
      : await openWorkerFile(join(data, 'worker.json'), { crypto, random })
  const location = options.scheduler
  const jail = options.jail ?? defaultJail(location)
  const host = createEvaluatorHost({
    clock,
    logger,
    jail,
    gpu: options.gpu ?? false,
    ...(options.evaluator === undefined ? {} : { socketPath: options.evaluator }),
  })
  const { paymentAddress } = options
  const create = (): Worker =>
    createWorker(
      {
        location,
        sandboxes: options.sandboxes,
        workerId: identity.workerId,
        computeGroups: options.join.map(parseJoin),
        leavePublicGroup: !options.global,
        allowOrigins: allowedOrigins(options.allowOrigin),
        trustComputeGroupOrigins: options.trustGroupOrigins,
        jail,
        cores: countCores(),
        ...(paymentAddress === undefined
          ? {}
          : { paymentAddress: parseAddress(paymentAddress, crypto) }),
      },
      {
        connect: () =>
          createConnection(
            { identity: identity.signer },
            { open: connectLocation(new URL('dcp/', location)), crypto, clock, random, logger },
          ),
        host,
        clock,
        random,
        logger,
        crypto,
        fetchText,
        brokerFetch: (policy, purpose = 'workerFetch') => createFetchBroker({ policy, purpose }),
      },
    )
  try {
    for (;;) {
      // oxlint-disable-next-line no-await-in-loop -- one life after the other
      const ended = await live(create(), leaving)
      if (ended === undefined) return 0
      if (ended.command === 'reload') return reloadStatus
      if (ended.command !== 'kill') continue
      // oxlint-disable-next-line no-await-in-loop -- the loop ends here
      if (!ended.temporary) await mark.set(new Date(clock.now()))
      return killedStatus
    }
  } finally {
    await host.close()
    leaving.close()
  }
}

/** Runs one worker; resolves with what its scheduler made it leave for. */
async function live(works: Worker, leaving: Leaving): Promise<SchedulerCommand | undefined> {
  const hurry = (): void => void works.stop({ graceMs: hurriedMs })
  const leave = (): void => void works.stop()
  const heard: SchedulerCommand[] = []
  const sent = new Promise<void>((resolve) => {
    works.listen({
      command(command) {
        if (command.command === 'remove' || command.command === 'announce') return
        heard.push(command)
        resolve()
      },
    })
  })
  // Its evaluator may keep it waiting: it leaves all the same.
  leaving.signal.addEventListener('abort', leave, { once: true })
  try {
    await works.start()
    await Promise.race([sent, untilLeaving(leaving)])
    leaving.hurry.addEventListener('abort', hurry, { once: true })
  } catch (error) {
    if (!leaving.signal.aborted) throw error
  } finally {
    leaving.signal.removeEventListener('abort', leave)
    await works.stop(leaving.hurry.aborted ? { graceMs: hurriedMs } : {})
    leaving.hurry.removeEventListener('abort', hurry)
  }
  // What came while it left counts, too: one that is killed does not start again.
  return heard.find(({ command }) => command === 'kill') ?? heard[0]
}
