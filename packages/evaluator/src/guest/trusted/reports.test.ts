import { describe, expect, it } from 'vitest'

import { guestLimits } from '../limits.ts'
import type { RealmReport } from '../messages.ts'
import { reportTypes } from './frames.ts'
import { createReporter, type Reporter } from './reports.ts'

interface Scene {
  readonly reporter: Reporter
  readonly sent: [type: string, id: number, payload: unknown][]
  /** Lets the flush timer fire. */
  readonly tick: () => void
  readonly result: (slice: number, value: unknown) => void
}

const names = new Map<number, string>(
  Object.entries(reportTypes).map(([name, type]) => [type, name]),
)

function createScene(): Scene {
  const sent: Scene['sent'] = []
  let pending: (() => void) | undefined
  const reporter = createReporter(
    {
      send: (type, id, json) => sent.push([names.get(type) ?? '', id, JSON.parse(json)]),
      sendBytes: (type, id, payload) => sent.push([names.get(type) ?? '', id, payload]),
      now: () => 0,
      later: (callback) => {
        pending = callback
        return () => {
          pending = undefined
        }
      },
    },
    'blob:harness',
  )
  return {
    reporter,
    sent,
    tick: () => pending?.(),
    result: (slice, value) =>
      reporter.report(['result', slice, 1, true, { value, lost: undefined }]),
  }
}

describe('the reports of the trusted thread', () => {
  it('gather results until the timer fires, and say which slice is in progress', () => {
    const { reporter, result, sent, tick } = createScene()
    reporter.begin({ id: 3, slices: [10, 11, 12] })
    result(10, 'a')
    result(11, { b: 1 })
    expect(sent).toEqual([])
    tick()
    expect(sent).toEqual([
      [
        'flush',
        3,
        {
          at: [12, 0],
          results: [
            [10, 1, 1, 'a'],
            [11, 1, 1, { raw: { b: 1 } }],
          ],
        },
      ],
    ])
  })

  it('are sent at once when they grow long, and at the end', () => {
    const { reporter, result, sent } = createScene()
    reporter.begin({ id: 1, slices: [1, 2] })
    result(1, 'x'.repeat(guestLimits.flushBytes))
    expect(sent.map(([name]) => name)).toEqual(['flush'])
    result(2, 'y')
    expect(sent.map(([name]) => name)).toEqual(['flush', 'flush'])
    expect(reporter.busy).toBe(false)
  })

  it('say that a batch was stopped before its last slice', () => {
    const { reporter, result, sent } = createScene()
    reporter.begin({ id: 1, slices: [1, 2] })
    result(1, 'x')
    reporter.report(['done'])
    expect(sent.map(([name]) => name)).toEqual(['flush', 'done'])
    expect(reporter.busy).toBe(false)
  })

  it('are never overtaken by notices', () => {
    const { reporter, result, sent } = createScene()
    reporter.begin({ id: 1, slices: [1, 2] })
    result(1, 'a')
    reporter.report(['progress', 2, 0.5])
    reporter.report(['emit', 2, 'e', { value: 1, lost: undefined }])
    expect(sent.map(([name]) => name)).toEqual(['flush', 'progress', 'emit'])
  })

  it('let the realm speak only for the slice whose turn it is', () => {
    const { reporter, result, sent, tick } = createScene()
    result(1, 'before any batch')
    reporter.begin({ id: 1, slices: [1, 2] })
    result(2, 'too early')
    result(1, 'right')
    result(1, 'again')
    tick()
    expect(sent).toEqual([['flush', 1, { at: [2, 0], results: [[1, 1, 1, 'right']] }]])
  })

  it.each([
    ['cannot be encoded', new WeakMap()],
    ['no reader would accept', Object.assign([], { length: 1e9 })],
    ['is nested too deep', JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`)],
  ])('make a failure of what %s', (_what, value) => {
    const { reporter, result, sent, tick } = createScene()
    reporter.begin({ id: 1, slices: [1] })
    result(1, value)
    tick()
    expect(sent[0]?.[2]).toMatchObject({ results: [[1, 1, 1, 0, { code: 'EBADARG' }]] })
  })

  it('keep a console message short and say when an event is too long', () => {
    const { reporter, sent } = createScene()
    reporter.begin({ id: 1, slices: [1] })
    const long = Array.from({ length: 20_000 }, (_x, index) => index)
    const say = (report: RealmReport): void => reporter.report(report)
    say(['console', 1, 'log', 0, { value: ['a', long], lost: undefined }])
    say(['emit', 1, 'e', { value: 'x'.repeat(guestLimits.emitBytesMax + 1), lost: undefined }])
    expect(sent.map(([name]) => name)).toEqual(['console', 'console'])
    expect(JSON.stringify(sent).length).toBeLessThan(2_000)
    expect(JSON.stringify(sent[1])).toContain('work.emit')
  })
})
