// Runs official packages, unmodified, against our computer: `npm run interop [-- name …]`. Prints a
// table of program × verdict, writes it to docs/interop.md, and ends with `N passed, N failed`.
import { readFile, writeFile } from 'node:fs/promises'

import { installFolder } from '../scripts/install-folder.ts'
import { markdownTable } from '../scripts/markdown-table.ts'
import { startComputer } from '../scripts/start-computer.ts'
import { judge, type Verdict } from './judge.ts'
import { programs } from './programs.ts'

const document = new URL('../docs/interop.md', import.meta.url)

async function main(names: readonly string[]): Promise<number> {
  installFolder(new URL('./', import.meta.url))
  const chosen = programs.filter(
    ({ name }) => names.length === 0 || names.some((one) => name.includes(one)),
  )
  const computer = await startComputer(2)
  const verdicts: Verdict[] = []
  try {
    for (const program of chosen) {
      const verdict = await judge(program, computer)
      verdicts.push(verdict)
      console.log(`${verdict.passed ? 'passed' : 'FAILED'}  ${program.package}  ${program.name}`)
      if (!verdict.passed) console.log(verdict.report.replaceAll(/^/gm, '        '))
    }
  } finally {
    await computer.close()
  }
  console.log(`\n${verdictTable(verdicts)}\n`)
  if (names.length === 0) await writeTable(verdicts)
  const failed = verdicts.filter(({ passed }) => !passed).length
  console.log(`${verdicts.length - failed} passed, ${failed} failed`)
  return failed === 0 && verdicts.length > 0 ? 0 : 1
}

function verdictTable(verdicts: readonly Verdict[]): string {
  const rows = verdicts.map(({ program, passed, reason }) => [
    program.package,
    `\`${program.name}\``,
    program.feature,
    passed ? 'green' : `red: ${reason}`,
  ])
  return markdownTable(['package', 'program', 'feature', 'verdict'], rows)
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
