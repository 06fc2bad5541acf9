import { silentLogger } from '@manyhands/protocol'
import type { ColumnResults, ColumnResultsReply, WorkerId } from '@manyhands/protocol'
import { describe, expect, it } from 'vitest'

import { createManualClock, settled } from '../_manual-clock.ts'
import type { ManualClock } from '../_manual-clock.ts'
import { jobNamed } from '../_scripted-scheduler.ts'
import { limits } from '../limits.ts'
import { createOutbox } from './outbox.ts'
import type { Outbox } from './outbox.ts'

const job = jobNamed('job')

interface Desk {
  readonly outbox: Outbox
  readonly clock: ManualClock
  readonly sent: ColumnResults[]
  readonly lost: string[]
  /** Answers the oldest chunk that was not answered. */
  readonly answer: (error?: Error) => Promise<void>
}

function desk(): Desk {
  const clock = createManualClock()
  const sent: ColumnResults[] = []
  const lost: string[] = []
  const open: ((error?: Error) => void)[] = []
  const outbox = createOutbox('worker' as WorkerId, {
    clock,
    logger: silentLogger,
    send: (chunk) =>
      new Promise<ColumnResultsReply>((resolve, reject) => {
        sent.push(chunk)
        open.push((error) => {
          if (error === undefined) resolve({ accepted: 1, duplicate: '', refused: [] })
          else reject(error)
        })
      }),
    onReply: () => undefined,
    onLost: (lease) => lost.push(lease),
    onProgress: () => undefined,
  })
  async function answer(error?: Error): Promise<void> {
    open.shift()?.(error)
    await settled()
  }
  return { outbox, clock, sent, lost, answer }
}

const finished = (slice: number, text = '1', cpuMs = 1): Parameters<Outbox['result']>[2] => ({
  slice,
  text,
  cpuMs,
})

describe('results on their way', () => {
  it('wait a moment for others of their lease, and travel in the order of their slices', async () => {
    const { outbox, clock, sent } = desk()
    for (const slice of [3, 1, 2]) outbox.result('a', job, finished(slice, `"${slice}"`, slice))
    expect(sent).toEqual([])
    await clock.advance(limits.chunkDelayLeastMs)
    expect(sent).toMatchObject([
      { lease: 'a', slices: '1-3', values: { what: { arr: ['1', '2', '3'] } }, cpuMs: [1, 2, 3] },
    ])
  })

  it('are gathered the longer, the longer their job has been computed, up to a limit', async () => {
    const { outbox, clock, sent, answer } = desk()
    outbox.result('a', job, finished(1))
    await clock.advance(500)
    await answer()
    outbox.result('a', job, finished(2))
    await clock.advance(500 * limits.chunkDelayShare - 1)
    expect(sent).toHaveLength(1)
    await clock.advance(1)
    expect(sent).toHaveLength(2)
    await clock.advance(100_000)
    outbox.result('a', job, finished(3))
    await clock.advance(limits.chunkDelayMostMs)
    expect(sent).toHaveLength(3)
  })

  it('do not wait for those of an older job', async () => {
    const { outbox, clock, sent } = desk()
    outbox.result('a', job, finished(1))
    await clock.advance(100_000)
    outbox.result('a', job, finished(2))
    outbox.result('b', jobNamed('new'), finished(1))
    await clock.advance(limits.chunkDelayLeastMs)
    expect(sent.map(({ lease }) => lease)).toEqual(['a', 'a', 'b'])
  })

  it('leave at once when nothing more of their job is in hand, or when there are many', () => {
    const { outbox, sent } = desk()
    outbox.result('a', job, finished(1))
    outbox.complete(job)
    expect(sent).toHaveLength(1)
    for (let slice = 1; slice <= limits.chunkSlicesMax; slice++) {
      outbox.result('b', job, finished(slice))
    }
    expect(sent[1]?.slices).toBe(`1-${limits.chunkSlicesMax}`)
  })

  it('name one processor time for many tiny slices', () => {
    const { outbox, sent } = desk()
    for (const slice of [1, 2, 3]) outbox.result('a', job, finished(slice, '1', 0.25))
    outbox.complete(job)
    expect(sent[0]?.cpuMs).toBe(0.75)
  })

  it('tell the time on a graphics processor where it was measured, and nothing elsewhere', () => {
    const { outbox, sent } = desk()
    const error = { name: 'Error', message: 'no' }
    outbox.result('a', job, { ...finished(1), gpuMs: 7.00049 })
    outbox.result('a', job, { ...finished(2), gpuMs: 5 })
    outbox.result('b', job, { ...finished(1), gpuMs: 0 })
    outbox.failure('b', job, 2, error, { cpuMs: 1, gpuMs: 30 })
    outbox.failure('b', job, 3, error, { cpuMs: 1, gpuMs: 40 })
    outbox.result('c', job, finished(1))
    outbox.complete(job)
    expect(sent.map(({ gpuMs }) => gpuMs)).toEqual([[7, 5], 70, undefined])
  })

  it('carry failures and returns of the same lease', () => {
    const { outbox, sent } = desk()
    const error = { name: 'Error', message: 'no' }
    outbox.result('a', job, finished(1))
    outbox.failure('a', job, 2, error, { cpuMs: 5 })
    outbox.giveBack('a', job, [4, 3])
    outbox.complete(job)
    expect(sent).toMatchObject([{ slices: '1', errors: [[2, error]], returned: '3-4', cpuMs: 6 }])
  })

  it('give a long value a message of its own', () => {
    const { outbox, sent } = desk()
    outbox.result('a', job, finished(1))
    outbox.result('a', job, finished(2, `"${'x'.repeat(limits.chunkTextMax)}"`))
    expect(sent.map(({ slices }) => slices)).toEqual(['1', '2'])
  })

  it('are so many messages at most, until one is answered', async () => {
    const { outbox, sent, answer } = desk()
    const leases = Array.from({ length: limits.chunksInFlightMax + 2 }, (_, index) => `l${index}`)
    for (const lease of leases) {
      outbox.result(lease, job, finished(1))
      outbox.complete(job)
    }
    expect(sent).toHaveLength(limits.chunksInFlightMax)
    expect(outbox.leases().toSorted()).toEqual(leases)
    await answer()
    expect(sent).toHaveLength(limits.chunksInFlightMax + 1)
    expect(outbox.leases()).not.toContain('l0')
  })

  it('say when too much waits, and when there is room again', async () => {
    const { outbox, answer } = desk()
    const long = `"${'x'.repeat(limits.outboxTextMax / 2)}"`
    outbox.result('a', job, finished(1, long))
    expect(outbox.full).toBe(false)
    outbox.result('a', job, finished(2, long))
    expect(outbox.full).toBe(true)
    await answer()
    expect(outbox.full).toBe(false)
  })

  it('are given up with their lease when they can never be delivered', async () => {
    const { outbox, lost, answer } = desk()
    outbox.result('a', job, finished(1))
    outbox.complete(job)
    await answer(new Error('refused'))
    expect(lost).toEqual(['a'])
    expect(outbox.empty).toBe(true)
  })
})
