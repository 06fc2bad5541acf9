/**
 * `manyhands up`: a whole Distributed Computer with one command. The daemons run in this process;
 * the worker and the evaluator are processes of their own, so that each can die alone.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { createComputer } from '@manyhands/computer'
import type { Computer } from '@manyhands/computer'
import { brokerEntry } from '@manyhands/evaluator'
import { systemClock, systemRandom } from '@manyhands/protocol'
import type { Clock, Logger } from '@manyhands/protocol'

import { keepRunning, manyhands } from './children.ts'
import type { Child } from './children.ts'
import { assertMachineJails } from '../doctor.ts'
import { computerOptions, jailBeside, listensToOthers } from '../computer-options.ts'
import { commandLogger } from '../logging.ts'
import { ownJobText } from './own-job.ts'
import type { UpFlags, WorkerRights } from '../program.ts'
import { othersText, readyLine } from '../ready.ts'
import { runSample } from './run-sample.ts'
import { listenForLeaving, untilLeaving } from '../signals.ts'
import type { Leaving } from '../signals.ts'
import { killedStatus } from '../worker/worker-statuses.ts'

/** A worker may need this long to return its slices. */
const childGraceMs = 8_000

interface Helpers {
  readonly children: readonly Child[]
  readonly socketDirectory: string
}

/** What the worker is told as `up` was. */
function rightsArguments(rights: WorkerRights): string[] {
  return [
    ...rights.join.map((group) => `--join=${group}`),
    ...rights.allowOrigin.map((origin) => `--allow-origin=${origin}`),
    ...(rights.global ? [] : ['--no-global']),
    ...(rights.trustGroupOrigins ? ['--trust-group-origins'] : []),
  ]
}

async function startHelpers(
  computer: Computer,
  options: UpFlags,
  deps: { readonly clock: Clock; readonly logger: Logger; readonly data: string },
): Promise<Helpers | undefined> {
  if (options.sandboxes === 0) return undefined
  // Before anything is started: an evaluator that refuses would be started again and again.
  const jail = jailBeside(options)
  if (jail === 'required') await assertMachineJails()
  const socketDirectory = await mkdtemp(join(tmpdir(), 'manyhands-'))
  const socket = join(socketDirectory, 'evaluator.sock')
  const evaluator = keepRunning({
    name: 'evaluator',
    program: {
      entry: brokerEntry,
      arguments: [
        ...['--socket', socket, '--jail', jail, '--lifeline'],
        ...(options.gpu === true ? ['--gpu'] : []),
      ],
    },
    // An evaluator that was killed leaves its socket behind.
    prepare: () => rm(socket, { force: true }),
    ...deps,
  })
  const flags = {
    scheduler: computer.url.href,
    sandboxes: options.sandboxes,
    evaluator: socket,
    data: deps.data,
    jail,
    'log-level': options.logLevel,
    'log-format': options.json ? 'json' : 'text',
  }
  const worker = keepRunning({
    name: 'worker',
    program: manyhands(
      'worker',
      '--lifeline',
      ...Object.entries(flags).map(([name, value]) => `--${name}=${value}`),
      ...rightsArguments(options),
    ),
    finalStatus: killedStatus,
    ...deps,
  })
  return { children: [worker, evaluator], socketDirectory }
}

async function stopHelpers(helpers: Helpers | undefined, leaving: Leaving): Promise<void> {
  if (helpers === undefined) return
  // In order: the worker returns its slices while the evaluator still answers.
  for (const child of helpers.children) await child.stop(leaving.hurry.aborted ? 0 : childGraceMs)
  await rm(helpers.socketDirectory, { recursive: true, force: true })
}

/** Otherwise a job would wait without a word. */
function noWorkerText(url: string): string {
  return `It has no worker (--sandboxes 0). To lend it one: npx manyhands worker --scheduler ${url}\n`
}

/** Runs until it is told to leave; resolves with the exit status. */
export async function up(options: UpFlags): Promise<number> {
  const leaving = listenForLeaving()
  const clock = systemClock
  const logFormat = options.json ? 'json' : 'text'
  const logger = commandLogger(options.logLevel, logFormat, clock)
  const composition = computerOptions(options)
  const data = composition.dataDirectory
  // With --json, standard output carries the one line for programs and nothing else.
  const screen = options.json ? process.stderr : process.stdout
  const computer = createComputer(composition, { clock, random: systemRandom, logger })
  let helpers: Helpers | undefined
  try {
    await computer.start()
    helpers = await startHelpers(computer, options, { clock, logger, data })
    const { keystores, reachableAt } = computer
    const url = computer.url.href
    if (options.json) process.stdout.write(readyLine(computer, process.pid))
    screen.write(`Manyhands is up at ${url}, data in ${data}\n`)
    screen.write(othersText(reachableAt, listensToOthers(options)))
    if (options.sandboxes === 0) screen.write(noWorkerText(reachableAt[0]?.href ?? url))
    let status = 0
    if (options.sample && !leaving.signal.aborted) {
      const worked = await runSample({ computer, data, screen, leaving: leaving.signal, logger })
      status = worked || leaving.signal.aborted ? 0 : 1
    }
    if (!options.once && !leaving.signal.aborted) {
      screen.write(ownJobText({ url, keystores }))
      await untilLeaving(leaving)
    }
    return status
  } finally {
    await stopHelpers(helpers, leaving)
    await computer.close()
    leaving.close()
  }
}
