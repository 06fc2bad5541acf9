// Data, work functions and results that never pass the scheduler: official clients of both dialects
// deploy such jobs in a compute group, our worker and the official ones compute them.
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { type DataServer, startDataServer } from '../../examples/remote-data/data-server.ts'
import { installFolder } from '../../scripts/install-folder.ts'
import { type RunningComputer, startComputer } from '../../scripts/start-computer.ts'
import { type InteropProgram, judge } from '../judge.ts'
import { dcpWorker, nodeWorker, type OfficialWorker, withWorker } from '../official-workers.ts'
import { connectOwner } from '../owner.ts'
import type { Chosen, Suite, Verdict } from '../verdict.ts'

const clients = [
  { package: 'dcp-client@5.6.1', folder: new URL('../', import.meta.url) },
  { package: 'dcp-client@4.4.29', folder: new URL('../client-4.4.29/', import.meta.url) },
] as const

const workers: readonly OfficialWorker[] = [dcpWorker, nodeWorker]

const group = { joinKey: 'wards', joinSecret: 'behind the wall' }
const token = 'only for workers'

interface Program {
  readonly program: string
  readonly feature: string
  readonly expected: string
}

const expectedIn = (name: string): string =>
  readFileSync(new URL(`../remote-data/${name}.out`, import.meta.url), 'utf8')

const own = (name: string, feature: string): Program => ({
  program: `${name}.cjs`,
  feature,
  expected: expectedIn(name),
})

const story: Program = {
  program: 'examples/remote-data/job.cjs',
  feature: 'data, work and results elsewhere, in a compute group',
  expected: expectedIn('example'),
}

const programs: readonly Program[] = [
  own('remote-data-set', 'remote data set as input and as arguments'),
  own('remote-data-pattern', 'remote data pattern'),
  own('remote-work-function', 'remote work function, remote arguments'),
  own('result-storage', 'setResultStorage'),
  story,
]

/** A folder of all programs in which `require('dcp-client')` finds one package. */
function folderOfPrograms(packages: URL): string {
  const copy = mkdtempSync(join(tmpdir(), 'manyhands-programs-'))
  cpSync(new URL('../remote-data/', import.meta.url), copy, { recursive: true })
  const example = new URL('../../examples/remote-data/job.cjs', import.meta.url)
  mkdirSync(join(copy, dirname(story.program)), { recursive: true })
  cpSync(example, join(copy, story.program))
  const target = fileURLToPath(new URL('node_modules/', packages))
  symlinkSync(target, join(copy, 'node_modules'), 'junction')
  return copy
}

async function withPrograms(packages: URL, run: (folder: string) => Promise<void>): Promise<void> {
  installFolder(packages)
  const folder = folderOfPrograms(packages)
  try {
    await run(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** What is running while jobs are judged. */
interface Stage {
  readonly data: DataServer
  readonly computer: RunningComputer
}

async function onStage(sandboxes: number, run: (stage: Stage) => Promise<void>): Promise<void> {
  const data = await startDataServer({ port: 0, token })
  const rights = [
    `--join=${group.joinKey},${group.joinSecret}`,
    '--no-global',
    `--allow-origin=${data.origin}`,
  ]
  const computer = await startComputer(sandboxes, rights)
  try {
    await makeGroup(computer)
    await run({ data, computer })
  } finally {
    data.close()
    await computer.close()
  }
}

async function makeGroup(computer: RunningComputer): Promise<void> {
  await using client = await connectOwner(computer)
  await client.computeGroups.createGroup(group, 'The wards')
}

function programIn(
  folder: string,
  name: string,
  program: Program,
  data: DataServer,
): InteropProgram {
  const environment = {
    DATA_SERVER: data.origin,
    GROUP: `${group.joinKey},${group.joinSecret}`,
    TOKEN: token,
  }
  return { ...program, package: name, path: join(folder, program.program), environment }
}

async function judgeClients(chosen: Chosen, tell: (verdict: Verdict) => void): Promise<void> {
  await onStage(2, async ({ computer, data }) => {
    for (const { package: name, folder: packages } of clients) {
      const wanted = programs.filter(({ program }) => chosen({ package: name, program }))
      if (wanted.length === 0) continue
      await withPrograms(packages, async (folder) => {
        for (const one of wanted) tell(await judge(programIn(folder, name, one, data), computer))
      })
    }
  })
}

async function judgeWorker(
  worker: OfficialWorker,
  wanted: readonly Program[],
  tell: (verdict: Verdict) => void,
): Promise<void> {
  const [client] = clients
  await onStage(0, async ({ computer, data }) => {
    const terms = { group, origin: data.origin }
    await withWorker(worker, computer, terms, async ({ printed }) => {
      await withPrograms(client.folder, async (folder) => {
        for (const one of wanted) {
          const verdict = await judge(programIn(folder, worker.package, one, data), computer)
          const report = `${verdict.report}\n${printed()}`
          tell({ ...verdict, feature: `computes: ${one.feature}`, report })
        }
      })
    })
  })
}

const rowsOf = ({ package: name }: { readonly package: string }): Suite['rows'] =>
  programs.map(({ program }) => ({ package: name, program }))

export const remoteData: Suite = {
  rows: [...clients, ...workers].flatMap(rowsOf),
  async run(chosen, tell) {
    if (clients.flatMap(rowsOf).some(chosen)) await judgeClients(chosen, tell)
    for (const worker of workers) {
      const row = ({ program }: Program): boolean => chosen({ package: worker.package, program })
      const wanted = programs.filter(row)
      if (wanted.length > 0) await judgeWorker(worker, wanted, tell)
    }
  },
}
