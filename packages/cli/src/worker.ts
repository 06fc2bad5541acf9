/** `manyhands worker`: lends this machine to a scheduler. */
import { join } from 'node:path'

import { createConnection } from '@manyhands/connection'
import { connectLocation } from '@manyhands/connection/node'
import { systemClock, systemRandom } from '@manyhands/protocol'
import { createEvaluatorHost, createFetchBroker } from '@manyhands/sandbox/node'
import { parseAddress } from '@manyhands/wallet'
import { loadCrypto } from '@manyhands/wallet/node'
import { createWorker, defaultJail, parseJoin } from '@manyhands/worker'
import { countCores, createWorkerIdentity, fetchText, openWorkerFile } from '@manyhands/worker/node'

import { allowedOrigins } from './allowed-origins.ts'
import { commandLogger } from './logging.ts'
import { dataDirectory } from './paths.ts'
import type { WorkerFlags } from './program.ts'
import { listenForLeaving, untilLeaving } from './signals.ts'

/** Time to return slices when somebody is in a hurry. */
const hurriedMs = 0

export async function worker(options: WorkerFlags): Promise<number> {
  const leaving = listenForLeaving(options.lifeline)
  const clock = systemClock
  const random = systemRandom
  const logger = commandLogger(options.logLevel, options.logFormat, clock)
  const crypto = await loadCrypto(logger)
  const identity =
    options.data === undefined
      ? createWorkerIdentity({ crypto, random })
      : await openWorkerFile(join(dataDirectory(options.data), 'worker.json'), { crypto, random })
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
  const works = createWorker(
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
    await works.start()
    await untilLeaving(leaving)
    leaving.hurry.addEventListener('abort', () => void works.stop({ graceMs: hurriedMs }))
    return 0
  } finally {
    await works.stop(leaving.hurry.aborted ? { graceMs: hurriedMs } : {})
    await host.close()
    leaving.close()
  }
}
