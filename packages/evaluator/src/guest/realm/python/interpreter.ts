/**
 * Starts a Python interpreter, Pyodide, from files that were handed in: nothing is fetched, and the
 * realm gives it nothing that a work function has not.
 */
import { defineGlobal } from '../harden.ts'

/** A Python object as JavaScript sees it; it is kept alive until it is destroyed. */
export interface PythonProxy {
  copy(): PythonProxy
  destroy(): void
  toJs(options: object): unknown
}

/** The part of Pyodide's API that is used here. */
export interface Pyodide {
  readonly globals: PythonProxy
  readonly version: string
  loadPackage(names: readonly string[], options: object): Promise<unknown>
  pyimport(name: string): unknown
  registerJsModule(name: string, module: object): void
  runPython(source: string, options?: object): unknown
  toPy(value: unknown): unknown
}

/** What Pyodide is made of, by the names of its files. */
export type PyodideFiles = ReadonlyMap<string, Uint8Array>

export interface PythonStreams {
  /** One line without its end. */
  readonly stdout: (line: string) => void
  readonly stderr: (line: string) => void
}

type Load = (options: object) => Promise<Pyodide>
type Scripts = { loadPyodide?: Load }

const scriptFiles = ['pyodide.asm.js', 'pyodide.js'] as const
export const lockFile = 'pyodide-lock.json'
/** An address that leads nowhere: only the names of files behind it are looked at. */
const place = 'https://pyodide.invalid/'

const decoder = new TextDecoder()

export function fileOf(files: PyodideFiles, name: string): Uint8Array<ArrayBuffer> {
  const file = files.get(name)
  if (file === undefined) throw new Error(`the file ${name} of Pyodide is missing`)
  return file as Uint8Array<ArrayBuffer>
}

/** Runs a script of Pyodide at the top of the realm, where it leaves a function behind. */
function runScript(files: PyodideFiles, name: string): void {
  // The scripts of the interpreter come from whoever hosts this sandbox.
  // oxlint-disable-next-line no-eval
  const evaluate = eval
  evaluate(`${decoder.decode(fileOf(files, name))}\n//# sourceURL=${name}`)
}

/** Replaces globals while `work` runs. A value of undefined hides a name. */
async function withGlobals<Value>(
  replaced: Readonly<Record<string, unknown>>,
  work: () => Promise<Value>,
): Promise<Value> {
  const before = Object.keys(replaced).map(
    (name) => [name, Object.getOwnPropertyDescriptor(globalThis, name)] as const,
  )
  for (const [name, value] of Object.entries(replaced)) defineGlobal(name, value)
  try {
    return await work()
  } finally {
    for (const [name, descriptor] of before) {
      if (descriptor === undefined) Reflect.deleteProperty(globalThis, name)
      else Object.defineProperty(globalThis, name, descriptor)
    }
  }
}

/** Pyodide asks by address for what is here already. */
function fetchFrom(files: PyodideFiles): (input: unknown) => Promise<Response> {
  return async (input) => {
    const name = String(input).slice(place.length)
    return new Response(fileOf(files, name))
  }
}

/** Lets Pyodide read these files, and nothing else, while `work` runs. */
export async function withFiles<Value>(
  files: PyodideFiles,
  work: () => Promise<Value>,
): Promise<Value> {
  return withGlobals({ fetch: fetchFrom(files) }, work)
}

const instantiateBytes = WebAssembly.instantiate.bind(WebAssembly)

/** The engine streams only what came over the network. */
async function instantiateStreaming(
  source: Response | PromiseLike<Response>,
  imports?: WebAssembly.Imports,
): Promise<WebAssembly.WebAssemblyInstantiatedSource> {
  const response = await source
  return instantiateBytes(await response.arrayBuffer(), imports)
}

/** Takes seconds, nearly all of them of computing. */
export async function startPython(files: PyodideFiles, streams: PythonStreams): Promise<Pyodide> {
  const replaced = {
    fetch: fetchFrom(files),
    // Pyodide shall take this realm for a worker of a browser, whatever is left in it.
    Deno: undefined,
    process: undefined,
    importScripts: () => undefined,
    _createPyodideModule: undefined,
    loadPyodide: undefined,
    WebAssembly: Object.create(WebAssembly, {
      instantiateStreaming: { value: instantiateStreaming },
    }) as typeof WebAssembly,
  }
  return withGlobals(replaced, async () => {
    for (const name of scriptFiles) runScript(files, name)
    const { loadPyodide } = globalThis as Scripts
    if (loadPyodide === undefined) throw new Error('Pyodide did not load')
    return loadPyodide({
      indexURL: place,
      packageBaseUrl: place,
      lockFileContents: decoder.decode(fileOf(files, lockFile)),
      stdin: () => undefined,
      ...streams,
    })
  })
}
