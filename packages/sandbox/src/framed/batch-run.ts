/**
 * One batch in one sandbox, from the first order to its end: what was told, what is in progress, how
 * much processor time each slice gets. It believes nothing the sandbox says about another slice.
 */
import { prepareText, type Clock } from '@manyhands/protocol'

import type { CpuShare } from '../watch/cpu-share.ts'
import { FrameError, type Report, type ReportName } from './frames.ts'
import { createKillPolicy, type Verdict } from '../watch/kill-policy.ts'
import { cpuSampleMs, quietFinishMs, type SandboxLimits } from '../limits.ts'
import {
  type DecodeText,
  type FlushedSlice,
  parseConsole,
  parseEmit,
  parseFlush,
  parseProgress,
  parseRejected,
} from './reports.ts'
import type { BatchEnd, SliceBatch, SliceError, SliceObserver, SliceResult } from '../sandbox.ts'
import { createTraffic } from '../watch/traffic.ts'

export interface BatchPart extends SliceBatch {
  readonly id: number
}

export interface BatchRunOptions {
  readonly parts: readonly BatchPart[]
  readonly observer: SliceObserver
  readonly limits: SandboxLimits
  readonly clock: Clock
  readonly cpu: CpuShare
  /** Milliseconds of processor time of the whole sandbox so far, where they can be had. */
  readonly measure: () => Promise<number | undefined>
  /** The same of a graphics processor, where one was granted and the kernel counts. */
  readonly gpu?: { readonly share: CpuShare; readonly measure: () => number | undefined }
  /** How the texts of results are read, where the host has a better way than most. */
  readonly decode?: DecodeText | undefined
  /** Says how many bytes it was. */
  readonly sendPart: (part: BatchPart) => number
  readonly onVerdict: (verdict: Verdict) => void
  /** True the first time that a slice of this work finished without any call of progress. */
  readonly firstQuiet: () => boolean
}

export interface BatchRun {
  readonly ended: Promise<BatchEnd>
  receive(report: Report): void
  /** Bytes went into the sandbox, or came out of it, for the slice in progress. */
  carried(bytesIn: number, bytesOut: number): void
  /** Lets no further part begin. */
  stop(): void
  /** The sandbox is gone; `slice` unless given is the one in progress. */
  died(error: SliceError, slice?: number): void
}

const quietAdvice = prepareText(
  'this work function finished a slice without calling progress(): slices of 30 s and more must call it',
)

function tooQuiet(): SliceError {
  const message = `the slice took ${quietFinishMs / 1000} s or more and never called progress()`
  return { name: 'Error', code: 'ENOPROGRESS', message }
}

export function startBatch(options: BatchRunOptions): BatchRun {
  const { clock, cpu, limits, observer, parts } = options
  const slices = new Set(parts.flatMap((part) => [...part.slices]))
  const traffic = createTraffic()
  let partIndex = 0
  let told = 0
  let stopping = false
  let over = false
  let held: FlushedSlice[] = []
  let currentMs = 0
  let measured = true
  let gpuMeasured = false
  let sampledAt = clock.monotonic()
  let sampling: Promise<void> | undefined
  let cancelSample: (() => void) | undefined
  let cancelCheck: (() => void) | undefined
  let settle: (end: BatchEnd) => void = () => undefined
  let fail: (reason: unknown) => void = () => undefined
  const ended = new Promise<BatchEnd>((resolve, reject) => {
    settle = resolve
    fail = reject
  })
  const policy = createKillPolicy(limits, current() ?? 0, clock.monotonic())

  function part(): BatchPart | undefined {
    return parts[partIndex]
  }

  function current(): number | undefined {
    return part()?.slices[told]
  }

  function resultOf(flushed: FlushedSlice, cpuMs: number, gpuMs?: number): SliceResult {
    const { error, progressed, slice, value, wallMs } = flushed
    const gpu = gpuMs === undefined ? {} : { gpuMs }
    const usage = { cpuMs, ...gpu, ...traffic.take(slice) }
    if (error !== undefined) return { slice, error, ...usage }
    if (!progressed && wallMs >= quietFinishMs) return { slice, error: tooQuiet(), ...usage }
    return { slice, value: value ?? '', ...usage }
  }

  function deliver(): void {
    if (held.length === 0) return
    const delivered = held
    held = []
    const walls = delivered.map(({ wallMs }) => wallMs)
    const shares = measured ? cpu.split(walls, currentMs) : walls
    const gpuShares = gpuMeasured ? options.gpu?.share.split(walls, currentMs) : undefined
    const quiet = delivered.find(({ error, progressed }) => error === undefined && !progressed)
    if (quiet !== undefined && options.firstQuiet()) {
      observer.console(quiet.slice, 'warn', [quietAdvice], 1)
    }
    observer.results(
      delivered.map((flushed, index) => resultOf(flushed, shares[index] ?? 0, gpuShares?.[index])),
    )
  }

  async function sample(): Promise<void> {
    cancelSample?.()
    cancelSample = undefined
    const total = await options.measure()
    sampledAt = clock.monotonic()
    measured = total !== undefined
    if (total !== undefined) cpu.measured(total)
    const onGpu = options.gpu?.measure()
    gpuMeasured = onGpu !== undefined
    if (onGpu !== undefined) options.gpu?.share.measured(onGpu)
    if (!over) deliver()
  }

  /** Reads the counter now and delivers what is held; one reading at a time. */
  function sampleNow(): Promise<void> {
    sampling = (sampling ?? Promise.resolve()).then(sample)
    const mine = sampling
    void mine.then(
      () => {
        if (sampling === mine) sampling = undefined
      },
      (reason: unknown) => finish(() => fail(reason)),
    )
    return mine
  }

  function sampleSoon(): void {
    if (sampling !== undefined || cancelSample !== undefined) return
    const wait = sampledAt + cpuSampleMs - clock.monotonic()
    if (wait <= 0) void sampleNow().catch(() => undefined)
    else cancelSample = clock.setTimer(wait, () => void sampleNow().catch(() => undefined))
  }

  function finish(conclude: () => void): void {
    if (over) return
    over = true
    cancelSample?.()
    cancelCheck?.()
    conclude()
  }

  function scheduleCheck(): void {
    cancelCheck?.()
    const wait = Math.max(1, policy.deadline() - clock.monotonic())
    cancelCheck = clock.setTimer(wait, check, { background: true })
  }

  function check(): void {
    const verdict = policy.verdict(clock.monotonic())
    if (verdict === undefined) scheduleCheck()
    else options.onVerdict(verdict)
  }

  function flush(payload: Uint8Array): void {
    const { at, results } = parseFlush(payload, options.decode)
    for (const flushed of results) {
      if (flushed.slice !== current()) throw new FrameError('a result out of turn')
      told += 1
      held.push(flushed)
    }
    const lengths = results.map(({ value }) => value?.length ?? 0)
    traffic.flushed(
      results.map(({ slice }) => slice),
      lengths,
      payload.byteLength,
    )
    if (at?.slice !== current()) throw new FrameError('another slice in progress than the next one')
    currentMs = at?.ms ?? 0
    if (at !== undefined) policy.began(at.slice, clock.monotonic(), at.ms)
    if (current() === undefined) endPart()
    else sampleSoon()
  }

  function begin(): void {
    const next = part()
    if (next === undefined) return
    const bytes = options.sendPart(next)
    traffic.ordered(
      next.slices,
      next.values.map(({ length }) => length),
      bytes,
    )
    policy.began(next.slices[0] ?? 0, clock.monotonic(), 0)
  }

  /** A part ends with its last result; the sandbox says so only where it was stopped before. */
  function stoppedShort(): void {
    if (!stopping) throw new FrameError('the end of a batch that is not complete')
    endPart()
  }

  function endPart(): void {
    currentMs = 0
    partIndex += 1
    told = 0
    if (!stopping && part() !== undefined) {
      begin()
      return
    }
    void sampleNow().then(
      () => finish(() => settle({ kind: 'done' })),
      () => undefined,
    )
  }

  /** A notice names its slice; its bytes are that slice's. */
  function noticed(slice: number, { byteLength }: Uint8Array): void {
    if (!slices.has(slice)) throw new FrameError('a notice about a slice that is not of this batch')
    traffic.cameOut(slice, byteLength)
  }

  const takers: Partial<Record<ReportName, (payload: Uint8Array) => void>> = {
    progress(payload) {
      const { fraction, slice } = parseProgress(payload)
      noticed(slice, payload)
      policy.progressed(slice, clock.monotonic(), fraction)
      observer.progress(slice, fraction)
    },
    console(payload) {
      const { level, message, same, slice } = parseConsole(payload)
      noticed(slice, payload)
      observer.console(slice, level, message, same)
    },
    emit(payload) {
      const { data, event, slice } = parseEmit(payload)
      noticed(slice, payload)
      observer.emit(slice, event, data)
    },
    rejected(payload) {
      const { reason, retries, slice } = parseRejected(payload)
      noticed(slice, payload)
      deliver()
      finish(() => settle({ kind: 'rejected', slice, reason, retries }))
    },
    flush,
    done: stoppedShort,
  }

  begin()
  scheduleCheck()

  return {
    ended,
    receive(report) {
      if (over) return
      policy.heard(clock.monotonic())
      if (report.name === 'heartbeat') return
      if (report.id !== part()?.id) throw new FrameError('a report about another batch')
      const take = takers[report.name]
      if (take === undefined) throw new FrameError(`${report.name} while a batch runs`)
      take(report.payload)
    },
    carried(bytesIn, bytesOut) {
      const slice = current()
      if (slice === undefined) return
      traffic.wentIn(slice, bytesIn)
      traffic.cameOut(slice, bytesOut)
    },
    stop() {
      stopping = true
    },
    died(error, slice) {
      if (over) return
      deliver()
      const progress = policy.progress(clock.monotonic())
      finish(() => settle({ kind: 'died', slice: slice ?? current(), error, progress }))
    },
  }
}
