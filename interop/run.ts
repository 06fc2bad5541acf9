// Runs official packages, unmodified, against our computer: `npm run interop [-- name …]`, where a
// name is part of a package or of a program. Prints a table of program × verdict and, when all have
// run, writes it to docs/interop.md; ends with `N passed, N failed`.
import { readFile, writeFile } from 'node:fs/promises'

import { bank } from './suites/bank.ts'
import { inChromium } from './suites/chromium.ts'
import { client5 } from './suites/client-5.ts'
import { client4 } from './suites/client-4.ts'
import { localExec } from './suites/local-exec.ts'
import { workerMessages } from './suites/messages.ts'
import { inPython } from './suites/python.ts'
import { remoteData } from './suites/remote-data.ts'
import { remoteExamples } from './suites/remote-examples.ts'
import { restart } from './suites/restart.ts'
import { utilities } from './suites/utilities.ts'
import { workerDuties } from './suites/worker-duties.ts'
import { officialWorkers } from './suites/workers.ts'
import { type Outcome, type Suite, type Verdict, verdictTable } from './verdict.ts'

const suites: readonly Suite[] = [
  client5,
  client4,
  localExec,
  restart,
  bank,
  inChromium,
  utilities,
  officialWorkers,
  workerDuties,
  workerMessages,
  remoteData,
  remoteExamples,
  inPython,
]

const document = new URL('../docs/interop.md', import.meta.url)

async function main(names: readonly string[]): Promise<number> {
  const chosen = (row: { readonly package: string; readonly program: string }): boolean =>
    names.length === 0 || names.some((name) => `${row.package} ${row.program}`.includes(name))
  const verdicts: Verdict[] = []
  for (const suite of suites) {
    if (!suite.rows.some(chosen)) continue
    const note = (verdict: Verdict): void => {
      verdicts.push(verdict)
      tell(verdict)
    }
    try {
      await suite.run(chosen, note)
    } catch (error) {
      for (const row of suite.rows.filter(chosen)) {
        if (!verdicts.some((verdict) => isAbout(verdict, row))) note(broken(row, error))
      }
    }
  }
  console.log(`\n${verdictTable(verdicts)}\n`)
  if (names.length === 0) await writeTable(verdicts)
  const count = (...outcomes: readonly Outcome[]): number =>
    verdicts.filter(({ outcome }) => outcomes.includes(outcome)).length
  const others = count('not run', 'not ours')
  const skipped = others === 0 ? '' : `, ${others} skipped`
  console.log(`${count('green')} passed, ${count('red')} failed${skipped}`)
  return count('red') === 0 && count('green') > 0 ? 0 : 1
}

function tell({ outcome, package: name, program, reason, report }: Verdict): void {
  const word = { green: 'passed ', red: 'FAILED ', 'not ours': 'theirs ', 'not run': 'skipped' }[
    outcome
  ]
  console.log(`${word} ${name}  ${program}${reason === '' ? '' : `: ${reason}`}`)
  if (outcome === 'red') console.log(report.replaceAll(/^/gm, '        '))
}

type Row = Suite['rows'][number]

function isAbout(verdict: Verdict, row: Row): boolean {
  return verdict.package === row.package && verdict.program === row.program
}

/** What a row comes to whose suite cannot go on. */
function broken({ package: name, program }: Row, error: unknown): Verdict {
  const report = error instanceof Error ? (error.stack ?? error.message) : String(error)
  const row = { package: name, program, feature: '' }
  return { ...row, outcome: 'red', reason: 'it could not be tried', report }
}

/** Puts the table between the marks of the document; the text around it stays. */
async function writeTable(verdicts: readonly Verdict[]): Promise<void> {
  const text = await readFile(document, 'utf8')
  const table = `<!-- table begins -->\n\n${verdictTable(verdicts)}\n\n<!-- table ends -->`
  await writeFile(
    document,
    text.replace(/<!-- table begins -->[^]*<!-- table ends -->/, () => table),
  )
}

process.exitCode = await main(process.argv.slice(2))
