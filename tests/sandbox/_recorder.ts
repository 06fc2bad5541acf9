import { parsePrepared } from '@manyhands/protocol'
import type {
  ConsoleLevel,
  Sandbox,
  SliceBatch,
  SliceError,
  SliceObserver,
  WorkAssignment,
} from '@manyhands/sandbox'

/** A work assignment with what tests rarely care about filled in. */
export function workOf(
  workFunction: string | ((...parameters: never[]) => unknown),
  more: Partial<WorkAssignment> = {},
): WorkAssignment {
  return {
    workFunction: String(workFunction),
    arguments: [],
    useStrict: false,
    worktime: { name: 'map-basic', version: '1.0.0' },
    public: { name: 'a job', description: 'about it', link: 'https://example.org/' },
    ...more,
  }
}

/** Slices 1 to n with these prepared inputs. */
export function batchOf(...values: string[]): SliceBatch {
  return { slices: values.map((_value, index) => index + 1), values }
}

export interface Recorder extends SliceObserver {
  readonly values: Map<number, unknown>
  readonly errors: Map<number, SliceError>
  readonly cpuMs: number[]
  readonly progressed: [slice: number, fraction: number | undefined][]
  readonly lines: [
    slice: number,
    level: ConsoleLevel,
    message: unknown[] | undefined,
    same: number,
  ][]
  readonly events: [slice: number, event: string, data: unknown][]
  /** Resolves when the slice says something: a result, progress, console or an event. */
  heard(slice: number): Promise<void>
}

/** An observer that keeps what it was told, decoded. The advice about progress calls is left out. */
export function createRecorder(): Recorder {
  const heard = new Map<number, (() => void)[]>()
  const seen = new Set<number>()
  const hear = (slice: number): void => {
    seen.add(slice)
    for (const resolve of heard.get(slice) ?? []) resolve()
  }
  const recorder: Recorder = {
    values: new Map(),
    errors: new Map(),
    cpuMs: [],
    progressed: [],
    lines: [],
    events: [],
    results(results) {
      for (const result of results) {
        const { slice } = result
        if (recorder.values.has(slice) || recorder.errors.has(slice)) {
          throw new Error(`slice ${slice} was told twice`)
        }
        if ('error' in result) recorder.errors.set(slice, result.error)
        else recorder.values.set(slice, parsePrepared(result.value))
        recorder.cpuMs.push(result.cpuMs)
        hear(slice)
      }
    },
    progress(slice, fraction) {
      recorder.progressed.push([slice, fraction])
      hear(slice)
    },
    console(slice, level, message, same) {
      const decoded = message?.map(parsePrepared)
      if (String(decoded?.[0]).includes('without calling progress()')) return
      recorder.lines.push([slice, level, decoded, same])
      hear(slice)
    },
    emit(slice, event, data) {
      recorder.events.push([slice, event, parsePrepared(data)])
      hear(slice)
    },
    heard: (slice) =>
      new Promise((resolve) => {
        if (seen.has(slice)) resolve()
        else heard.set(slice, [...(heard.get(slice) ?? []), resolve])
      }),
  }
  return recorder
}

/** Runs the inputs through a fresh assignment and returns what was told and how it ended. */
export async function runIn(
  sandbox: Sandbox,
  work: WorkAssignment,
  ...values: string[]
): Promise<{ recorder: Recorder; end: Awaited<ReturnType<Sandbox['run']>> }> {
  const recorder = createRecorder()
  await sandbox.assign(work)
  const end = await sandbox.run(batchOf(...values), recorder)
  return { recorder, end }
}
