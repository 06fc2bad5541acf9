/** Finds and runs the sample job of `examples/signature-search`, which is there in a checkout only. */
import { existsSync } from 'node:fs'

/** The part of a Compute API that the sample uses; what `connect` of the client gives fits. */
interface SampleOptions {
  readonly compute: unknown
  readonly outDirectory: string
  readonly onProgress: (done: number, total: number) => void
}

interface SampleAnswer {
  readonly table: string
  readonly svgPath: string
  readonly csvPath: string
}

export type RunSample = (options: SampleOptions) => Promise<SampleAnswer>

const program = new URL('../../../../examples/signature-search/index.ts', import.meta.url)

/** Undefined where the examples are not installed beside the program. */
export async function findSample(): Promise<RunSample | undefined> {
  if (!import.meta.url.endsWith('.ts') || !existsSync(program)) return undefined
  const module = (await import(program.href)) as { runSampleJob: RunSample }
  return module.runSampleJob
}
