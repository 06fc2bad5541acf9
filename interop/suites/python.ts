// The Python client, `dcp` of the Python index, which runs dcp-client inside PythonMonkey: its own
// example and programs of ours. Work functions in Python are computed by our Pyodide worktime.
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { type RunningComputer, startComputer } from '../../scripts/start-computer.ts'
import { type InteropProgram, judge } from '../judge.ts'
import { pythonEnvironment } from '../python/environment.ts'
import type { Suite, Verdict } from '../verdict.ts'

const dcp = 'dcp@3.4.3 (Python)'
const folder = new URL('../python/programs/', import.meta.url)
const pathOf = (name: string): string => fileURLToPath(new URL(name, folder))

interface Row {
  readonly package: string
  readonly program: string
  readonly feature: string
  /** What the program prints when the package, or what it needs, is in the way. */
  readonly excuse?: {
    readonly outcome: 'not ours' | 'not run'
    readonly printed: RegExp
    readonly reason: string
  }
}

const row = (program: string, feature: string, excuse?: Row['excuse']): Row => ({
  package: dcp,
  program,
  feature,
  ...(excuse === undefined ? {} : { excuse }),
})

const readme = row('README.md', 'its example, unmodified', {
  outcome: 'not ours',
  printed: /<lambda>\(\) takes 0 positional arguments but 1 was given/,
  reason: 'its handler of accepted takes no argument and is given one; it needs numpy besides',
})

const tests = row('tests', 'its own tests')

const programs: readonly Row[] = [
  row('javascript.py', 'work in JavaScript: list, range, arguments, events, results again'),
  row('add_slices.py', 'autoClose = False, addSlices, close'),
  row('generator.py', 'a generator as input', {
    outcome: 'not ours',
    printed: /compute_for\.py[^]*TypeError: object of type 'generator' has no len\(\)/,
    reason: 'compute_for asks the generator for its length: TypeError',
  }),
  row('python_work.py', 'work in Python: arguments, files, variables, events; without numpy'),
  row('python_range.py', 'work in Python: a range; without numpy'),
  row('python_error.py', 'work in Python: an error shows its traceback; without numpy'),
  row('cancel.py', 'cancel a running job'),
]

const rows = [readme, tests, ...programs]

export const inPython: Suite = {
  rows,
  async run(chosen, tell) {
    const wanted = rows.filter(chosen)
    const { python, why } = pythonEnvironment()
    if (why !== undefined) {
      for (const one of wanted) tell(verdictOf(one, 'not run', why))
      return
    }
    const computer = await startComputer(1)
    try {
      for (const one of wanted) {
        tell(one === tests ? verdictOfTests(python) : await judgeOne(one, python, computer))
      }
    } finally {
      await computer.close()
    }
  },
}

function verdictOf(
  { package: name, program, feature }: Row,
  outcome: Verdict['outcome'],
  reason: string,
  report = '',
): Verdict {
  return { package: name, program, feature, outcome, reason, report }
}

/**
 * PythonMonkey 1.4.1 stops for ever in about one of a hundred programs, before they send anything: when
 * WebAssembly is compiled, a thread asks for the lock of Python and keeps the one for which the main
 * thread waits, which has that of Python. A program that waits for events waits in another call.
 */
const isBlocked = ({ report }: Verdict): boolean => /^waited in: futex/m.test(report)
const attemptsMax = 3

/** The excuse counts only when the program printed it. */
async function judgeOne(one: Row, python: string, computer: RunningComputer): Promise<Verdict> {
  let verdict = await judge(programOf(one, python, computer), computer)
  for (let attempt = 1; attempt < attemptsMax && isBlocked(verdict); attempt += 1) {
    process.stderr.write(`${one.program}: PythonMonkey is blocked, tried again\n`)
    // oxlint-disable-next-line no-await-in-loop -- one attempt after the other
    verdict = await judge(programOf(one, python, computer), computer)
  }
  const { excuse } = one
  if (verdict.outcome === 'green' || excuse?.printed.test(verdict.report) !== true) return verdict
  return verdictOf(one, excuse.outcome, excuse.reason, verdict.report)
}

function programOf(one: Row, python: string, { home }: RunningComputer): InteropProgram {
  const { package: name, program, feature } = one
  const base = { package: name, program, feature, command: python, flags: ['-u', '-B'] }
  if (one === readme) {
    const path = join(home, 'readme.py')
    writeFileSync(path, exampleOf(python))
    return { ...base, path, limitMs: 20_000, expected: /^\[1\.0, 4\.0, 9\.0, 16\.0, 25\.0\]$/m }
  }
  const path = pathOf(program)
  return { ...base, path, expected: readFileSync(path.replace(/\.py$/, '.out'), 'utf8') }
}

const infoOf = (python: string, name: string): string => {
  const library = join(python, '../../lib')
  const candidates = ['3.9', '3.10', '3.11', '3.12'].map((version) =>
    join(library, `python${version}/site-packages/dcp-3.4.3.dist-info`, name),
  )
  return readFileSync(candidates.find((path) => existsSync(path)) ?? name, 'utf8')
}

/** The example of the package's README, which pip keeps in the package's metadata. */
function exampleOf(python: string): string {
  const [, example] = /## Example[^]*?```python\n([^]*?)```/.exec(infoOf(python, 'METADATA')) ?? []
  if (example === undefined) throw new Error('the README of dcp has no example')
  return example
}

function verdictOfTests(python: string): Verdict {
  const files = infoOf(python, 'RECORD').match(/^dcp\/(?!js\/node_modules\/).*test.*\.py,/gm)
  if (files === null) return verdictOf(tests, 'not run', 'the published package has no tests')
  return verdictOf(tests, 'red', 'the package has tests, and nothing runs them', files.join('\n'))
}
