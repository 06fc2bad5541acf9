/**
 * A Python work function: its text runs before every slice, as it does in the official worktime, and
 * names the function that computes slices by `dcp.set_slice_handler`.
 */
import type { WorktimeOrder } from '../../messages.ts'
import type { LoadedWork } from '../work.ts'
import { type Pyodide, type PyodideFiles, type PythonProxy, startPython } from './interpreter.ts'
import { readJobArguments } from './job-arguments.ts'
import { installPackages, type PackageSource } from './packages.ts'
import { prelude, preludeFile } from './prelude.ts'
import { pythonError } from './traceback.ts'

interface PythonWork {
  readonly files: PyodideFiles
  readonly source: string
  readonly arguments: readonly unknown[]
}

interface PythonHost {
  readonly progress: (value?: unknown) => true
  readonly console: { log(line: string): void; warn(line: string): void }
  readonly packages: PackageSource
}

/** What `prelude` defines. */
interface Prelude extends PythonProxy {
  prepare(images: unknown, environment: unknown, argv: unknown): void
  compile(source: string): PythonProxy & ((globals: PythonProxy) => void)
  /** Names that the text imports and the interpreter has not. */
  missing(source: string): PythonProxy
}

/** One interpreter with the work function compiled; it is of no use after a fatal error. */
interface Session {
  run(datum: unknown): unknown
}

type Callable = PythonProxy & ((datum: unknown) => unknown)

function isProxy(value: unknown): value is PythonProxy {
  if (value === null || (typeof value !== 'object' && typeof value !== 'function')) return false
  const { destroy, toJs } = value as Partial<PythonProxy>
  return typeof destroy === 'function' && typeof toJs === 'function'
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | undefined)?.then === 'function'
}

/** A dict becomes a Map, because its keys may be anything; what has no counterpart is an error. */
function toJs(value: unknown): unknown {
  if (!isProxy(value)) return value
  const converted = value.toJs({
    dict_converter: (entries: Iterable<readonly [unknown, unknown]>) => new Map(entries),
    create_pyproxies: false,
  })
  value.destroy()
  return converted
}

/** After these nothing works any more in an interpreter. */
function isFatal(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null) return false
  const { name, pyodide_fatal_error: fatal } = thrown as Record<string, unknown>
  return fatal === true || name === 'ExitStatus'
}

function noHandler(what: string): Error {
  return new Error(`ENOSLICEHANDLER: ${what}`)
}

async function openSession(work: PythonWork, host: PythonHost): Promise<Session> {
  const { console, progress } = host
  const { argv, environment, images } = readJobArguments(work.arguments)
  const pyodide: Pyodide = await startPython(work.files, {
    stdout: (line) => console.log(line),
    stderr: (line) => console.warn(line),
  })
  let handler: unknown
  pyodide.registerJsModule('dcp', {
    progress: (value?: unknown) => progress(value),
    set_slice_handler: (given: unknown) => {
      if (isProxy(handler)) handler.destroy()
      handler = isProxy(given) ? given.copy() : given
    },
  })
  pyodide.runPython('import dcp')
  const helpers = pyodide.runPython(prelude, { filename: preludeFile }) as Prelude
  helpers.prepare(pyodide.toPy(images), pyodide.toPy(environment), pyodide.toPy(argv))
  const run = helpers.compile(work.source)
  const missing = toJs(helpers.missing(work.source)) as readonly string[]
  if (missing.length > 0) {
    await installPackages(missing, { files: work.files, pyodide, source: host.packages })
  }
  return {
    run(datum) {
      run(pyodide.globals)
      if (handler === undefined) {
        throw noHandler('Must specify the slice handler using `dcp.set_slice_handler(fn)`')
      }
      if (typeof handler !== 'function') throw noHandler('Slice Handler must be a function')
      const returned = (handler as Callable)(pyodide.toPy(datum))
      return isThenable(returned) ? returned.then(toJs) : toJs(returned)
    },
  }
}

async function loadPython(work: PythonWork, host: PythonHost): Promise<LoadedWork> {
  let session: Session | undefined

  async function open(): Promise<Session> {
    try {
      return (session = await openSession(work, host))
    } catch (thrown) {
      throw pythonError(thrown)
    }
  }

  function failed(thrown: unknown): never {
    if (isFatal(thrown)) session = undefined
    throw pythonError(thrown)
  }

  async function runAgain(datum: unknown): Promise<unknown> {
    const opened = await open()
    try {
      return await opened.run(datum)
    } catch (thrown) {
      return failed(thrown)
    }
  }

  await open()
  return {
    run(datum) {
      if (session === undefined) return runAgain(datum)
      try {
        const value = session.run(datum)
        return isThenable(value) ? value.then(undefined, failed) : value
      } catch (thrown) {
        return failed(thrown)
      }
    },
  }
}

export interface Python {
  /** Takes what the interpreter is made of. */
  equip(order: WorktimeOrder): void
  /** @throws what the text or the arguments have wrong. */
  load(source: string, parameters: readonly unknown[]): Promise<LoadedWork>
}

export function createPython(host: PythonHost): Python {
  let files: PyodideFiles | undefined
  return {
    equip(order) {
      files = order.files
    },
    async load(source, parameters) {
      if (files === undefined) throw new Error('there is no Python interpreter in this sandbox')
      return loadPython({ files, source, arguments: parameters }, host)
    },
  }
}
