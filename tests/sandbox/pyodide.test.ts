// Python work functions in real sandboxes. An interpreter takes seconds to start, so one sandbox
// answers many questions: a slice each.
import { prepareText } from '@manyhands/protocol'
import type { WorkAssignment } from '@manyhands/sandbox'
import type { EvaluatorHost } from '@manyhands/sandbox/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createTestHost } from './_jail.ts'
import { type Recorder, runIn, workOf } from './_recorder.ts'

let host: EvaluatorHost
let patient: EvaluatorHost
beforeAll(() => {
  // Shorter than any interpreter takes to start: that time is not the slices'.
  host = createTestHost({ spares: 0, limits: { noProgressMs: 1_000 } })
  patient = createTestHost({ spares: 0 })
})
afterAll(async () => {
  await host.close()
  await patient.close()
})

const startMs = 120_000
const worktime = { name: 'pyodide', version: '^0.28.0' }

function pythonWork(source: string, given: readonly unknown[] = [1]): WorkAssignment {
  return workOf(source, { worktime, arguments: given.map((value) => prepareText(value)) })
}

/** Runs the source over the inputs in a sandbox of its own. */
async function run(
  source: string,
  data: readonly unknown[],
  given?: readonly unknown[],
  on = host,
): Promise<Recorder> {
  const sandbox = await on.create()
  try {
    const inputs = data.map((value) => prepareText(value))
    const { end, recorder } = await runIn(sandbox, pythonWork(source, given), ...inputs)
    expect(end).toEqual({ kind: 'done' })
    return recorder
  } finally {
    await sandbox.kill()
  }
}

/** The results, in the order of the slices; errors as their messages. */
function outcomes({ errors, values }: Recorder): unknown[] {
  const all = [...values, ...[...errors].map(([slice, { message }]) => [slice, message] as const)]
  return all.toSorted(([one], [other]) => one - other).map(([, outcome]) => outcome)
}

/** Evaluates each text with the names `os`, `sys`, `json` and what `more` defines. */
function calculator(more = ''): string {
  return `
import asyncio, dcp, json, os, sys
${more}
def evaluate(text):
  dcp.progress()
  return eval(text, globals())
dcp.set_slice_handler(evaluate)
`
}

describe('a Python work function', () => {
  it(
    'gives its results as the values that they are',
    async () => {
      const cases: readonly (readonly [string, unknown])[] = [
        ['None', undefined],
        ['True', true],
        ['2', 2],
        ['2 ** 70', 2n ** 70n],
        ['0.1 + 0.2', 0.1 + 0.2],
        ['float("inf")', Infinity],
        ['"äöü 😀"', 'äöü 😀'],
        ['[1, [2, (3, None)]]', [1, [2, [3, undefined]]]],
        ['{"a": 1, 2: [3]}', new Map<unknown, unknown>([['a', 1], [2, [3]]])], // prettier-ignore
        ['{1, 2}', new Set([1, 2])],
        ['b"\\x00\\xff"', new Uint8Array([0, 255])],
        ['json.loads("[1, {}]")', [1, new Map()]],
        ['sum(i * i for i in range(1000))', 332833500],
        ['asyncio.sleep(0.01, "later")', 'later'],
      ]
      const recorder = await run(calculator(), cases.map(([text]) => text)) // prettier-ignore
      expect(outcomes(recorder)).toEqual(cases.map(([, value]) => value))
      expect(recorder.progressed).toHaveLength(1)
    },
    startMs,
  )

  it(
    'fails with the traceback of its own lines, and goes on with the next slice',
    async () => {
      const source = calculator('def divide(by):\n  return 1 / by\n')
      const data = ['divide(0)', '(lambda: 0)', 'sys.exit(3)', 'os._exit(4)', '"still here"']
      // What ends the interpreter costs the next slice a new one.
      const recorder = await run(source, data, [1], patient)
      expect(recorder.errors.get(1)).toMatchObject({
        name: 'PythonError',
        message: expect.stringMatching(
          /^Traceback \(most recent call last\):\n {2}File "workFunction.py", line \d+, in evaluate\n {4}return eval\(text, globals\(\)\)\n(.*\n)+ {2}File "workFunction.py", line 4, in divide\n {4}return 1 \/ by\n(.*\n)*ZeroDivisionError: division by zero\n$/,
        ),
      })
      expect(recorder.errors.get(1)?.message).not.toContain('_pyodide')
      expect(recorder.errors.get(2)?.message).toContain('No conversion known')
      expect(recorder.errors.get(3)?.message).toContain('SystemExit: 3')
      expect(recorder.errors.get(4)?.message).toContain('exit(4)')
      expect([...recorder.values]).toEqual([[5, 'still here']])
    },
    startMs,
  )

  it(
    'has its arguments, prints to the console and tells how far it is',
    async () => {
      // What \`tar\` makes of a folder with one file, \`data/greeting.txt\`.
      const { gzipSync } = await import('node:zlib')
      // The folder as the official Python client writes it, without the right to search it.
      const image = gzipSync(
        Buffer.concat([
          tarHeader('data/', 0, '5'),
          tarOf('data/greeting.txt', 'hello from a file'),
        ]),
      )
      const source = calculator(`
def report(part):
  print('half', 'way')
  print('oh no', file=sys.stderr)
  dcp.progress(part)
`)
      const data = [
        'sys.argv[1:]',
        'os.environ["K"]',
        'open("/data/greeting.txt").read()',
        'report(0.5)',
        'type(json).__name__ + __name__',
      ]
      const given = [5, 'gzImage', new Uint8Array(image), 'env', 'K=V', 'argument', [1, 2]]
      const recorder = await run(source, data, given)
      const [argv, ...others] = outcomes(recorder)
      expect(argv).toEqual(['argument', [1, 2]])
      expect(others).toEqual(['V', 'hello from a file', undefined, 'module__main__'])
      expect(recorder.lines).toEqual([
        [4, 'log', ['half way'], 1],
        [4, 'warn', ['oh no'], 1],
      ])
    },
    startMs,
  )

  it(
    'gets its input as Python has it; its text runs before every slice',
    async () => {
      const source = `
if 'runs' not in globals():
  runs = 0
runs += 1
import dcp
dcp.set_slice_handler(lambda datum: [runs, type(datum).__name__, repr(datum)])
`
      const data = [1, 1.5, 'x', true, [1, [2]], { a: [1] }, new Map([[1, 2]]), 2n ** 70n]
      expect(outcomes(await run(source, data))).toEqual([
        [1, 'int', '1'],
        [2, 'float', '1.5'],
        [3, 'str', "'x'"],
        [4, 'bool', 'True'],
        [5, 'list', '[1, [2]]'],
        [6, 'dict', "{'a': [1]}"],
        [7, 'dict', '{1: 2}'],
        [8, 'int', '1180591620717411303424'],
      ])
    },
    startMs,
  )

  it.each([
    [
      'does not parse',
      'def f(:\n  pass',
      [1],
      'EUNCAUGHT',
      /workFunction.py", line 1[^]*SyntaxError/,
    ],
    ['has arguments of another form', 'pass', [3, 'x'], 'EUNCAUGHT', /no command: x/],
    [
      'needs what is nowhere',
      'import json, a_module\nfrom another import name',
      [1],
      'ENOMODULE',
      /no Python module "a_module", "another"/,
    ],
  ])(
    'that %s is refused before its slices',
    async (_what, source, given, code, message) => {
      const sandbox = await host.create()
      const refused = sandbox.assign(pythonWork(source, given))
      await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(message) })
      await sandbox.kill()
    },
    startMs,
  )
})

/** A header of a tar archive (ustar), of a file (0) or of a folder (5). */
function tarHeader(name: string, bytes: number, kind: '0' | '5'): Buffer {
  const header = Buffer.alloc(512)
  header.write(name, 0)
  header.write('0000644\0', 100)
  header.write(`${bytes.toString(8).padStart(11, '0')}\0`, 124)
  header.write('00000000000\0', 136)
  header.write('        ', 148)
  header.write(kind, 156)
  header.write('ustar\0', 257)
  header.write('00', 263)
  const sum = header.reduce((total, byte) => total + byte, 0)
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148)
  return header
}

/** A tar archive with one file. */
function tarOf(name: string, text: string): Buffer {
  const body = Buffer.alloc(512)
  body.write(text)
  return Buffer.concat([tarHeader(name, text.length, '0'), body, Buffer.alloc(1024)])
}
