// Memory and processor time of processes with all their descendants, from /proc (Linux only;
// elsewhere everything reads as zero and the report says so).
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'

const ticksPerSecond = 100

interface ProcessStat {
  readonly pid: number
  readonly parent: number
  /** Of the process and of the children it has waited for. */
  readonly cpuSeconds: number
}

/** Whether this system tells what processes use. */
export const usageIsKnown: boolean = process.platform === 'linux'

/** The processes given and all their descendants that live. */
export function processTree(roots: readonly number[]): ProcessStat[] {
  const all = readAll()
  const found = all.filter(({ pid }) => roots.includes(pid))
  for (const { pid } of found) {
    found.push(...all.filter((one) => one.parent === pid && !found.includes(one)))
  }
  return found
}

function readAll(): ProcessStat[] {
  if (!usageIsKnown) return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readStat(Number(name)) ?? [])
}

function readStat(pid: number): ProcessStat | undefined {
  const text = readOptional(`/proc/${pid}/stat`)
  if (text === undefined) return undefined
  // The name of the program is in parentheses and may hold anything; fields follow the last one.
  const fields = text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number)
  const [, parent = 0] = fields
  const ticks = fields.slice(11, 15).reduce((sum, one) => sum + one, 0)
  return { pid, parent, cpuSeconds: ticks / ticksPerSecond }
}

/** Processor time so far, in seconds. */
export function cpuSecondsOf(roots: readonly number[]): number {
  return processTree(roots).reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)
}

/** Lets the peaks of the processes begin anew. */
export function resetPeaks(roots: readonly number[]): void {
  for (const { pid } of processTree(roots)) {
    try {
      writeFileSync(`/proc/${pid}/clear_refs`, '5')
    } catch (error) {
      // A process that ended meanwhile, or one of another user: its peak stays what it was.
      if (!isFileError(error)) throw error
    }
  }
}

/** The sum of the peaks of resident memory, in MB. Pages that processes share count in each. */
export function peakMemoryMbOf(roots: readonly number[]): number {
  return sumOfField(roots, (pid) => readOptional(`/proc/${pid}/status`), /^VmHWM:\s+(\d+)/m)
}

/** The proportional set size: resident memory with shared pages divided among their users, in MB. */
export function proportionalMemoryMbOf(roots: readonly number[]): number {
  return sumOfField(roots, (pid) => readOptional(`/proc/${pid}/smaps_rollup`), /^Pss:\s+(\d+)/m)
}

function sumOfField(
  roots: readonly number[],
  read: (pid: number) => string | undefined,
  field: RegExp,
): number {
  const kilobytes = processTree(roots).map(({ pid }) =>
    Number(field.exec(read(pid) ?? '')?.[1] ?? 0),
  )
  return kilobytes.reduce((sum, one) => sum + one, 0) / 1024
}

function readOptional(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    if (isFileError(error)) return undefined
    throw error
  }
}

function isFileError(error: unknown): boolean {
  return error instanceof Error && 'code' in error
}
