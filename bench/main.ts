// The benchmarks: our system and its peers on the same work, in turn, in one run. It reports and
// never fails for being slow; a run with a missing or wrong slice does not count.
import { setup as ensureBuilt } from '../scripts/ensure-built.js'
import { installFolder } from '../scripts/install-folder.ts'
import { c1 } from './cases/c1.ts'
import { e1 } from './cases/e1.ts'
import { l1 } from './cases/l1.ts'
import { n1 } from './cases/n1.ts'
import { o1 } from './cases/o1.ts'
import { p1 } from './cases/p1.ts'
import { r1 } from './cases/r1.ts'
import { describeMachine } from './machine.ts'
import { parseOptions, usage, type BenchOptions } from './options.ts'
import { keepRaw, machineLine, writeSection } from './report.ts'
import { sectionMarkdown } from './section.ts'

const allCases = [n1, c1, l1, p1, r1, e1, o1]

async function main(options: BenchOptions): Promise<void> {
  await ensureBuilt()
  installFolder(new URL('peers/', import.meta.url))
  const machine = describeMachine()
  console.log(`${machineLine(machine)}\n`)
  let failed = 0
  for (const { id, run } of options.cases) {
    process.stderr.write(`${id} `)
    try {
      const section = await run(options)
      process.stderr.write('\n')
      const at = new Date().toISOString()
      const kept = await keepRaw(section, machine, at)
      console.log(`${sectionMarkdown(section)}\n\nraw: ${kept}\n`)
      if (!options.short) await writeSection(section, machine, at)
    } catch (error) {
      failed += 1
      console.error(`\n${id} could not be measured:`, error)
    }
  }
  console.log(`${options.cases.length - failed} cases measured, ${failed} failed`)
  if (failed > 0) process.exitCode = 1
}

try {
  await main(parseOptions(process.argv.slice(2), allCases))
} catch (error) {
  console.error(`${String(error)}\n\n${usage}`)
  process.exitCode = 2
}
