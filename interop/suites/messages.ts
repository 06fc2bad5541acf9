// Messages to official workers: what the utility schedmsg would send, were it able to, sent by the
// connection of the official client.
import { fileURLToPath } from 'node:url'

import { installFolder } from '../../scripts/install-folder.ts'
import { type RunningComputer, startComputer } from '../../scripts/start-computer.ts'
import { type InteropProgram, judge } from '../judge.ts'
import type { LongRunning } from '../long-running.ts'
import { dcpWorker, nodeWorker, type OfficialWorker, withWorker } from '../official-workers.ts'
import type { Chosen, Suite, Verdict } from '../verdict.ts'

interface Message {
  readonly program: string
  readonly feature: string
  /** Command, payload, whether to all. */
  readonly arguments: readonly string[]
  /** What a worker prints when it comes. */
  readonly heard: string
}

/** In this order: the last one ends the worker. */
const messages: readonly Message[] = [
  {
    program: 'sendSchedMsg announce',
    feature: 'a message to the workers of an identity',
    arguments: ['announce', '{"message":"tea is ready"}'],
    heard: 'tea is ready',
  },
  {
    program: 'sendSchedMsg announce --broadcast',
    feature: "a message to all workers, by the computer's owner",
    arguments: ['announce', '{"message":"tea for all"}', 'all'],
    heard: 'tea for all',
  },
  {
    program: 'sendSchedMsg kill',
    feature: 'a worker is stopped',
    arguments: ['kill', '{"temporary":true}'],
    heard: 'Kill command received from scheduler',
  },
]

const workers = [dcpWorker, nodeWorker]
const path = fileURLToPath(new URL('../workers/send-message.cjs', import.meta.url))

const rowsOf = (worker: OfficialWorker): Suite['rows'] =>
  messages.map(({ program }) => ({ package: worker.package, program }))

export const workerMessages: Suite = {
  rows: workers.flatMap(rowsOf),
  async run(chosen, tell) {
    installFolder(new URL('../', import.meta.url))
    const computer = await startComputer(0)
    try {
      for (const worker of workers) {
        // oxlint-disable-next-line no-await-in-loop -- one worker at a time hears the messages
        if (rowsOf(worker).some(chosen)) await judgeWorker(worker, computer, chosen, tell)
      }
    } finally {
      await computer.close()
    }
  },
}

async function judgeWorker(
  worker: OfficialWorker,
  computer: RunningComputer,
  chosen: Chosen,
  tell: (verdict: Verdict) => void,
): Promise<void> {
  await withWorker(worker, computer, {}, async (running) => {
    for (const { program, feature, arguments: args, heard } of messages) {
      const row = { package: worker.package, program, feature }
      if (!chosen(row)) continue
      const sender = { ...row, path, expected: /^true [1-9]/m, arguments: args }
      // oxlint-disable-next-line no-await-in-loop -- the last message ends the worker
      tell(await judgeMessage(sender, computer, running, heard))
    }
  })
}

/** Green when the message was sent and the worker says so. */
async function judgeMessage(
  sender: InteropProgram,
  computer: RunningComputer,
  running: LongRunning,
  heard: string,
): Promise<Verdict> {
  const said = running.said(heard).then(
    () => true,
    () => false,
  )
  const sent = await judge(sender, computer)
  if (sent.outcome !== 'green' || (await said)) return sent
  return {
    ...sent,
    outcome: 'red',
    reason: 'the worker did not hear it',
    report: running.printed(),
  }
}
