// Jobs that official clients compute themselves: each starts a worker and evaluators in its own
// process, on a computer that has no worker. The official evaluator for Node does not run as root:
// then the programs run as nobody.
import { chownSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { installFolder } from '../../scripts/install-folder.ts'
import { type RunningComputer, startComputer } from '../../scripts/start-computer.ts'
import { type InteropProgram, judge } from '../judge.ts'
import { otherUser, whyNoOfficialEvaluator } from '../official-workers.ts'
import { folderOfProgram } from '../program-folder.ts'
import type { Suite, Verdict } from '../verdict.ts'

interface LocalClient {
  readonly package: string
  /** Where its packages are installed. */
  readonly folder: URL
  readonly program: string
  readonly feature: string
  readonly expected: string | RegExp
}

const expected = readFileSync(new URL('../programs/local-exec.out', import.meta.url), 'utf8')

const clients: readonly LocalClient[] = [
  {
    package: 'dcp-client@5.6.1',
    folder: new URL('../', import.meta.url),
    program: 'local-exec.cjs',
    feature: 'localExec: a worker in the process of the client computes its jobs',
    expected,
  },
  {
    // It takes the list of its evaluator's files from dcp-worker, its peer dependency.
    package: 'dcp-client@4.4.29',
    folder: new URL('../worker-3.3.19/', import.meta.url),
    program: 'local-exec.cjs',
    feature: 'localExec, with dcp-worker@3.3.19 installed beside it',
    expected,
  },
]

/** The computer's home directory once more, for the user that the programs run as. */
function homeFor({ home }: RunningComputer): string {
  const copy = mkdtempSync(join(tmpdir(), 'manyhands-home-'))
  cpSync(home, copy, { recursive: true })
  if (otherUser === undefined) return copy
  const all = ['', ...readdirSync(copy, { recursive: true, encoding: 'utf8' })]
  for (const one of all) chownSync(join(copy, one), otherUser, otherUser)
  return copy
}

async function judgeClient(client: LocalClient, computer: RunningComputer): Promise<Verdict> {
  installFolder(client.folder)
  const folder = folderOfProgram(client.program, client.folder)
  const home = homeFor(computer)
  const program: InteropProgram = {
    ...client,
    path: join(folder, client.program),
    environment: { HOME: home },
    ...(otherUser === undefined ? {} : { user: otherUser }),
  }
  try {
    return await judge(program, computer)
  } finally {
    rmSync(folder, { recursive: true })
    rmSync(home, { recursive: true })
  }
}

export const localExec: Suite = {
  rows: clients,
  async run(chosen, tell) {
    const wanted = clients.filter(chosen)
    const obstacle = whyNoOfficialEvaluator()
    if (obstacle !== undefined) {
      for (const { package: name, program, feature } of wanted) {
        const why = { outcome: 'not run', reason: obstacle, report: '' } as const
        tell({ package: name, program, feature, ...why })
      }
      return
    }
    const computer = await startComputer(0)
    try {
      for (const client of wanted) tell(await judgeClient(client, computer))
    } finally {
      await computer.close()
    }
  },
}
