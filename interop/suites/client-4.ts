// dcp-client 4.4.29 on Node, which speaks dialect 4: its own examples, the programs of the newer
// client, and programs for what only this one does. They are copied to a folder of their own, where
// `dcp-client` is the older package.
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { installFolder } from '../../scripts/install-folder.ts'
import { startComputer } from '../../scripts/start-computer.ts'
import { type InteropProgram, judge } from '../judge.ts'
import type { Suite } from '../verdict.ts'
import { programs as programsOfClient5 } from './client-5.ts'

const dcpClient = 'dcp-client@4.4.29'
const folder = new URL('../client-4.4.29/', import.meta.url)
const pathOf = (file: string, base: URL): string => fileURLToPath(new URL(file, base))

/** What this client does not have: a worker of dialect 4 keeps nothing in tables. */
const absent = new Set(['worker-tables.cjs'])

/** What is said of a program that is not quite the newer client's. */
const features: Readonly<Record<string, string>> = {
  'python.cjs': "a work function in Python, with job.worktimeVersion = '>=0.26.0'",
}

/** Here the bundler of this client prints its own lines between those of the program. */
const chatty: Readonly<Record<string, RegExp>> = {
  'local-modules.cjs': /^\[ 2, 4, 6 \]$[^]*^\[ 8 \]$/m,
}

interface Row {
  readonly package: string
  readonly program: string
  readonly feature: string
  readonly isExample: boolean
}

const row = (program: string, feature: string): Row => ({
  package: dcpClient,
  program,
  feature,
  isExample: program.startsWith('examples/'),
})

const rows: readonly Row[] = [
  ...programsOfClient5
    .filter(({ program }) => !absent.has(program))
    .map(({ program, feature }) => row(program, features[program] ?? feature)),
  row('reports.cjs', 'compute.getJobInfo and getSliceInfo by reports'),
  row('delete-results.cjs', 'delete results by the result handle'),
  row('requirements.cjs', 'requirements as an object: useStrict, must have, must not have'),
]

export const client4: Suite = {
  rows,
  async run(chosen, tell) {
    installFolder(folder)
    const copy = copyOfPrograms()
    const computer = await startComputer(2)
    try {
      for (const one of rows.filter(chosen)) tell(await judge(programOf(one, copy), computer))
    } finally {
      await computer.close()
      rmSync(copy, { recursive: true })
    }
  },
}

function programOf({ isExample, ...one }: Row, copy: string): InteropProgram {
  const { program } = one
  if (isExample) {
    const path = pathOf(`node_modules/dcp-client/${program}`, folder)
    const known = programsOfClient5.find((other) => other.program === program)
    return { ...one, path, expected: known?.expected ?? '' }
  }
  const path = join(copy, program)
  const expected = chatty[program] ?? readFileSync(path.replace(/\.cjs$/, '.out'), 'utf8')
  return { ...one, path, expected }
}

/**
 * The programs in a folder where `require('dcp-client')` finds the older package. What lies in this
 * client's own folder of programs stands in place of what has its name.
 */
function copyOfPrograms(): string {
  const copy = mkdtempSync(join(tmpdir(), 'manyhands-programs-'))
  cpSync(new URL('../programs/', import.meta.url), copy, { recursive: true })
  cpSync(new URL('programs/', folder), copy, { recursive: true })
  symlinkSync(pathOf('node_modules/', folder), join(copy, 'node_modules'), 'junction')
  return copy
}
