// Where our evaluator answers otherwise than the official one did, on purpose. Each difference says
// why; the test fails when one of them is no longer met.
import { expect } from 'vitest'

import type { Spoken } from './_line-vectors.ts'

type Fields = Readonly<Record<string, unknown>>

export interface Place {
  readonly before: readonly Spoken[]
  /** Name of the job that runs. */
  readonly job: string
}

export interface Difference {
  readonly reason: string
  /**
   * What we say where the official evaluator said this: the same when it does not apply, undefined
   * when we say nothing.
   */
  readonly ours: (official: Spoken, at: Place) => Spoken | undefined
}

function resultOf({ value }: Spoken): unknown {
  return value['request'] === 'complete' ? value['result'] : undefined
}

function withResult(official: Spoken, result: unknown): Spoken {
  return { ...official, value: { request: 'complete', result } }
}

function thrown(official: Spoken, message: string, name = 'Error', code?: string): Spoken {
  return {
    ...official,
    value: { request: 'workError', error: { code, message, name } },
  }
}

/** The text of it is the engine's. */
function syntaxError(official: Spoken): Spoken {
  const message = expect.stringMatching(/workFunction:1:\d+/) as string
  const error = { code: undefined, message, name: 'SyntaxError' }
  return { ...official, value: { request: 'error', error } }
}

function isDescribe({ value }: Spoken): boolean {
  return value['request'] === 'describe'
}

export const differences: readonly Difference[] = [
  {
    reason: 'the worktime of Python is the same in both dialects',
    ours(official) {
      const worktimes = official.value['worktimes']
      if (!Array.isArray(worktimes)) return official
      const older = (worktimes as Fields[]).find(({ name }) => name === 'pyodide')?.['versions']
      if (older === undefined) return official
      const known = (worktimes as Fields[]).map((worktime) =>
        worktime['versions'] === older ? { ...worktime, versions: ['0.28.0'] } : worktime,
      )
      return { ...official, value: { ...official.value, worktimes: known } }
    },
  },
  {
    reason: 'a traceback shows the lines of the work function',
    ours(official) {
      const { message } = (official.value['error'] ?? {}) as Fields
      if (!String(message).includes('line 4, in f')) return official
      const shown =
        'Traceback (most recent call last):\n  File "workFunction.py", line 4, in f\n' +
        '    return 1/0\n           ~^~\nZeroDivisionError: division by zero\n'
      return thrown(official, shown, 'PythonError')
    },
  },
  {
    reason: 'where a work function does not parse, the error says so and where',
    ours: (official, { job }) =>
      job === 'syntax' && official.value['request'] === 'error' ? syntaxError(official) : official,
  },
  {
    reason: 'whether elementary functions are those of fdlibm is found by trying',
    ours(official) {
      if (!isDescribe(official)) return official
      const capabilities = official.value['capabilities'] as Fields
      const environment = {
        ...(capabilities['environment'] as Fields),
        fdlibm: expect.any(Boolean),
      }
      return {
        ...official,
        value: { ...official.value, capabilities: { ...capabilities, environment } },
      }
    },
  },
  {
    reason: 'nothing is said after the last line: the realm of a rejected slice stands still',
    ours: (official, { before }) =>
      before.some(({ from }) => from === 'die') ? undefined : official,
  },
  {
    reason: 'a thrown text is the message of its error',
    ours: (official) =>
      (official.value['error'] as Fields | undefined)?.['message'] === 'initial state'
        ? thrown(official, 'plain string')
        : official,
  },
  {
    reason: 'throwing nothing is throwing all the same, not a success',
    ours: (official, { job }) =>
      job === 'throwundef' && official.value['request'] === 'complete'
        ? thrown(official, 'the work function threw undefined')
        : official,
  },
  {
    reason: 'timers left behind are cancelled, not fired in the next slice',
    ours: (official) =>
      /^late=\d$/.test(String(resultOf(official))) ? withResult(official, 'late=0') : official,
  },
  {
    reason: 'WebAssembly modules can be instantiated',
    ours(official) {
      const result = resultOf(official)
      if (!Array.isArray(result) || !String(result[1]).startsWith('module!')) return official
      return withResult(official, [result[0], 'module:[object WebAssembly.Instance]'])
    },
  },
  {
    reason: 'crypto.getRandomValues fills the array it is given',
    ours(official) {
      const { inplace } = (resultOf(official) ?? {}) as Fields
      if (inplace !== false) return official
      return withResult(official, { inplace: true, same: true, keys: [] })
    },
  },
  {
    reason: 'a function is no value: the slice fails and says so',
    ours: (official) =>
      resultOf(official) instanceof String
        ? thrown(
            official,
            expect.stringContaining('cannot be sent') as string,
            'DataCloneError',
            'EBADARG',
          )
        : official,
  },
  {
    reason:
      'the globals are ours: all that the official sandbox shows but shared memory, __proto__',
    ours(official) {
      const { vis, ...rest } = (resultOf(official) ?? {}) as { vis?: string[] }
      if (vis === undefined) return official
      const shown = vis.filter(
        (one) => !/^(SharedArrayBuffer|WorkerGlobalScope|onerror|__proto__):/.test(one),
      )
      return withResult(official, {
        ...rest,
        hid: expect.any(Array),
        sab: 'undefined',
        nav: expect.arrayContaining((rest as { nav: string[] }).nav),
        vis: expect.arrayContaining(shown),
      })
    },
  },
]

export interface Addition {
  readonly reason: string
  /** What we say beyond the official answers to a request of the worker. */
  readonly says: (request: string, answers: readonly Spoken[], job: string) => Spoken | undefined
}

export const additions: readonly Addition[] = [
  {
    reason: 'the sandbox of an endless loop is told to die, and says so at once',
    says: (request, answers, job) =>
      request === 'die' && job === 'stuck' && answers.length === 0
        ? { from: 'die', value: { text: 'a date' } }
        : undefined,
  },
  {
    reason: 'an assignment is answered even where its work function does not parse',
    says: (request, answers, job) =>
      request === 'assign' && job === 'syntax' && answers.length === 0
        ? syntaxError({ from: 2, label: 'v9', value: {} })
        : undefined,
  },
]

/** Of lines that no official worker sends. */
export const rawDifferences: readonly Difference[] = [
  {
    reason: 'the library of the official encoding is not in the realm',
    ours: (official) =>
      official.value['request'] === 'evalResult::id4'
        ? { ...official, value: { ...official.value, data: 'function,undefined,object,object' } }
        : official,
  },
  {
    reason: 'replacing the encoding by a program text is refused',
    ours(official) {
      if (official.from === 'nop') return undefined
      if (official.value['step'] !== 'changeSerializer') return official
      const reason = 'messages are encoded in KVIN here and in nothing else'
      return { ...official, value: { ...official.value, success: false, reason } }
    },
  },
  {
    reason: 'the text of a syntax error is that of the engine',
    ours(official) {
      if (official.value['step'] !== 'parseInput::parse') return official
      const reason: unknown = expect.stringContaining('JSON')
      return { ...official, value: { ...official.value, reason } }
    },
  },
]
