/**
 * A sandbox that is none: it runs the work function in this program's own realm, as
 * `localExec(false)` asks. Nothing is protected and nothing can be killed.
 */
import { DcpError, mapBasic, parsePrepared, prepareText } from '@manyhands/protocol'
import type {
  ConsoleLevel,
  Sandbox,
  SandboxHost,
  SliceError,
  SliceObserver,
  SliceResult,
  WorkAssignment,
} from '@manyhands/sandbox'

type WorkFunction = (...args: unknown[]) => unknown

/** What a work function sees besides the realm's own globals. */
interface Surroundings {
  slice: number
  observer: SliceObserver | undefined
}

const levels: readonly ConsoleLevel[] = ['debug', 'info', 'log', 'warn', 'error']

function errorOf(error: unknown): SliceError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error) }
  const code = (error as { code?: unknown }).code
  return {
    name: error.name,
    message: error.message,
    ...(typeof code === 'string' ? { code } : {}),
    ...(error.stack === undefined ? {} : { stack: error.stack }),
  }
}

/** `console`, `progress` and `work`, as a sandbox has them, speaking of the slice in progress. */
function globalsFor(around: Surroundings, work: WorkAssignment): Readonly<Record<string, unknown>> {
  const write =
    (level: ConsoleLevel) =>
    (...message: unknown[]): void => {
      const texts = message.map((value) => prepareText(value))
      around.observer?.console(around.slice, level, texts, 1)
    }
  return {
    console: Object.fromEntries(levels.map((level) => [level, write(level)])),
    progress(value?: number | string) {
      const number = typeof value === 'string' ? Number.parseFloat(value) / 100 : value
      around.observer?.progress(around.slice, number)
      return true
    },
    work: {
      emit(event: string, data: unknown) {
        around.observer?.emit(around.slice, event, prepareText(data))
      },
      job: { public: work.public },
    },
  }
}

function evaluate(around: Surroundings, work: WorkAssignment): WorkFunction {
  if (work.worktime.name !== mapBasic.name) {
    const message = `this program's own realm has no worktime ${work.worktime.name}: use localExec()`
    throw new DcpError('ENOWORKTIME', message)
  }
  const globals = globalsFor(around, work)
  const strict = work.useStrict ? '"use strict";\n' : ''
  try {
    // oxlint-disable-next-line no-new-func, no-implied-eval -- what `localExec(false)` asks for
    const make = new Function(...Object.keys(globals), `${strict}return (\n${work.workFunction}\n)`)
    const made: unknown = (make as WorkFunction)(...Object.values(globals))
    if (typeof made === 'function') return made as WorkFunction
  } catch (cause) {
    throw new DcpError('EUNCAUGHT', `the work function cannot be evaluated: ${String(cause)}`, {
      cause,
    })
  }
  throw new DcpError('EUNCAUGHT', 'the work function does not evaluate to a function')
}

function createOwnRealmSandbox(): Sandbox {
  const around: Surroundings = { slice: 0, observer: undefined }
  let run: WorkFunction | undefined
  let args: readonly unknown[] = []
  let stopped = false
  let killed = false
  async function runSlice(slice: number, text: string): Promise<SliceResult> {
    around.slice = slice
    try {
      const value: unknown = await run?.(parsePrepared(text), ...args)
      return { slice, value: prepareText(value), cpuMs: 0 }
    } catch (error) {
      return { slice, error: errorOf(error), cpuMs: 0 }
    }
  }
  return {
    id: 'own-realm',
    async assign(work) {
      run = evaluate(around, work)
      args = work.arguments.map((text) => parsePrepared(text))
    },
    async run({ slices, values }, observer) {
      around.observer = observer
      stopped = false
      for (const [index, slice] of slices.entries()) {
        if (stopped || killed) break
        // oxlint-disable-next-line no-await-in-loop -- a sandbox runs one slice at a time
        const result = await runSlice(slice, values[index] ?? '')
        if (killed) break
        observer.results([result])
      }
      const error = { name: 'Error', message: 'killed' }
      return killed ? { kind: 'died', slice: undefined, error } : { kind: 'done' }
    },
    stop() {
      stopped = true
    },
    async kill() {
      killed = true
    },
  }
}

export function createOwnRealmHost(): SandboxHost {
  const close = async (): Promise<void> => undefined
  return {
    describe: async () => ({ capabilities: 0, worktimes: [], jail: 'none' }),
    create: async () => createOwnRealmSandbox(),
    close,
    [Symbol.asyncDispose]: close,
  }
}
