import { createManualClock, silentLogger } from '@manyhands/protocol'
import { describe, expect, it } from 'vitest'

import { type PlayedSandbox, playSandbox } from './_played-sandbox.ts'
import { createFramedSandbox } from './framed-sandbox.ts'
import { defaultLimits, idleLookMs, noticesPerSecondMax } from '../limits.ts'
import type { SliceObserver, SliceResult, WorkAssignment } from '../sandbox.ts'
import { splitBatch } from './work-payload.ts'

const work: WorkAssignment = {
  workFunction: '(x) => x',
  arguments: [],
  useStrict: false,
  worktime: { name: 'map-basic', version: '1.0.0' },
  public: { name: '', description: '', link: '' },
}

interface Stage extends PlayedSandbox {
  readonly results: SliceResult[]
  readonly warnings: string[]
  readonly observer: SliceObserver
}

/** A sandbox that has its work function. */
async function createStage(
  cpuMs?: () => number | undefined,
  gpuMs?: () => number | undefined,
  assigned: WorkAssignment = work,
): Promise<Stage> {
  const played = playSandbox({ ...(cpuMs && { cpuMs }), gpuMs })
  const loaded = played.sandbox.assign(assigned)
  await Promise.resolve()
  played.say('assigned', 0, {})
  await loaded
  const results: SliceResult[] = []
  const warnings: string[] = []
  const observer: SliceObserver = {
    results: (told) => results.push(...told),
    progress: () => undefined,
    console: (_slice, _level, message) => warnings.push(...(message ?? [])),
    emit: () => undefined,
  }
  return { ...played, results, warnings, observer }
}

const batch = { slices: [5, 6, 7], values: ['1', '2', '3'] }

describe('a sandbox that keeps to the protocol', () => {
  it('tells results with their share of the measured time', async () => {
    let cpu = 0
    const { observer, results, sandbox, say } = await createStage(() => cpu)
    const running = sandbox.run(batch, observer)
    cpu = 30
    say('flush', 1, { at: [6, 0], results: [[5, 2, 1, 10]] })
    say('flush', 1, {
      at: null,
      results: [
        [6, 1, 1, 20],
        [7, 3, 1, 0, { message: 'no' }],
      ],
    })
    expect(await running).toEqual({ kind: 'done' })
    expect(results).toMatchObject([
      { slice: 5, value: '10', cpuMs: 10 },
      { slice: 6, value: '20', cpuMs: 5 },
      { slice: 7, error: { name: 'Error', message: 'no' }, cpuMs: 15 },
    ])
  })

  it('tells the time on a graphics processor where the kernel counts it', async () => {
    let gpu: number | undefined
    const { observer, results, sandbox, say } = await createStage(
      () => 0,
      () => gpu,
    )
    const running = sandbox.run({ slices: [1, 2], values: ['1', '2'] }, observer)
    gpu = 30
    say('flush', 1, {
      at: null,
      results: [
        [1, 2, 1, 10],
        [2, 1, 1, 20],
      ],
    })
    await running
    expect(results).toMatchObject([{ gpuMs: 20 }, { gpuMs: 10 }])
    gpu = undefined
    const next = sandbox.run({ slices: [3], values: ['3'] }, observer)
    say('flush', 2, { at: null, results: [[3, 1, 1, 30]] })
    await next
    expect(results[2]).not.toHaveProperty('gpuMs')
  })

  it('is charged by the wall clock where the host cannot measure', async () => {
    const { observer, results, sandbox, say } = await createStage(() => undefined)
    const running = sandbox.run({ slices: [1], values: ['1'] }, observer)
    say('flush', 1, { at: null, results: [[1, 2.5, 1, 10]] })
    await running
    expect(results).toMatchObject([{ slice: 1, value: '10', cpuMs: 2.5 }])
  })

  it('is charged for the bytes that the host saw pass', async () => {
    const { observer, results, sandbox, say } = await createStage()
    const values = ['"short"', JSON.stringify('x'.repeat(1000))]
    const running = sandbox.run({ slices: [1, 2], values }, observer)
    const event = { slice: 1, event: 'e', data: 'y'.repeat(500) }
    const flush = {
      at: null,
      results: [
        [1, 1, 1, 'z'.repeat(3000)],
        [2, 1, 1, 0],
      ],
    }
    say('emit', 1, event)
    say('flush', 1, flush)
    await running
    const order = `{"slices":[1,2],"values":[${values.join(',')}]}`
    const sum = (name: 'bytesIn' | 'bytesOut') =>
      results.reduce((all, result) => all + (result[name] ?? 0), 0)
    expect(sum('bytesIn')).toBe(order.length)
    expect(sum('bytesOut')).toBe(JSON.stringify(event).length + JSON.stringify(flush).length)
    expect(results[0]?.bytesOut).toBeGreaterThan(3500)
    expect(results[1]?.bytesIn).toBeGreaterThan(1000)
  })

  it('is advised once about missing progress calls', async () => {
    const { observer, sandbox, say, warnings } = await createStage()
    for (const id of [1, 2]) {
      const running = sandbox.run({ slices: [1, 2], values: ['1', '1'] }, observer)
      say('flush', id, {
        at: null,
        results: [
          [1, 1, 0, 1],
          [2, 1, 0, 1],
        ],
      })
      await running
    }
    expect(warnings.length).toBe(1)
    expect(warnings[0]).toContain('progress()')
  })

  it('fails a slice that was long and quiet', async () => {
    const { observer, results, sandbox, say } = await createStage()
    const running = sandbox.run({ slices: [1], values: ['1'] }, observer)
    say('flush', 1, { at: null, results: [[1, 30_000, 0, 1]] })
    await running
    expect(results).toMatchObject([{ slice: 1, error: { code: 'ENOPROGRESS' } }])
  })

  it('loses nothing it has told when it dies', async () => {
    const { exit, observer, results, sandbox, say } = await createStage()
    const running = sandbox.run(batch, observer)
    say('flush', 1, { at: [6, 0], results: [[5, 1, 1, 10]] })
    exit({ name: 'Error', code: 'EMEMORY', message: 'too much' })
    expect(await running).toEqual({
      kind: 'died',
      slice: 6,
      progress: { ranMs: 0 },
      error: { name: 'Error', code: 'EMEMORY', message: 'too much' },
    })
    expect(results.map(({ slice }) => slice)).toEqual([5])
  })

  it('is killed for a slice without progress, on the clock of the host', async () => {
    const { clock, killed, observer, sandbox, say } = await createStage()
    const running = sandbox.run(batch, observer)
    say('flush', 1, { at: [6, 0], results: [[5, 1, 1, 10]] })
    for (let count = 0; count < 60; count += 1) {
      clock.advance(4_900)
      say('heartbeat', 0, {})
    }
    expect(killed()).toBe(false)
    clock.advance(6_000)
    expect(killed()).toBe(true)
    expect(await running).toMatchObject({ kind: 'died', slice: 6, error: { code: 'ENOPROGRESS' } })
  })

  it('is given nothing that its work function asks for between its slices', async () => {
    const asked: string[] = []
    const loadModules = async ([id = '']: readonly string[]) => {
      asked.push(id)
      return new Map([[id, '']])
    }
    const { observer, sandbox, say } = await createStage(undefined, undefined, {
      ...work,
      loadModules,
    })
    say('dependency', 0, { id: 1, modules: ['between/slices'] })
    const running = sandbox.run({ slices: [1], values: ['1'] }, observer)
    say('dependency', 0, { id: 2, modules: ['in/one'] })
    say('flush', 1, { at: null, results: [[1, 1, 1, 1]] })
    await running
    say('dependency', 0, { id: 3, modules: ['after/it'] })
    expect(asked).toEqual(['in/one'])
  })

  it('is killed when it computes on, by a processor of either kind', async () => {
    for (const kind of [0, 1]) {
      const used = [0, 0]
      const { clock, killed } = await createStage(
        () => used[0],
        () => used[1],
      )
      for (let looks = 0; looks < 4; looks += 1) {
        clock.advance(idleLookMs)
        await new Promise(setImmediate)
        used[kind] = (used[kind] ?? 0) + idleLookMs
      }
      expect(killed()).toBe(true)
    }
  })

  it('gets a long batch in parts and stops between them', async () => {
    expect(splitBatch({ slices: [1, 2, 3, 4], values: ['aa', 'bb', 'cccccc', 'd'] }, 8, 4)).toEqual(
      [
        { id: 8, slices: [1, 2], values: ['aa', 'bb'] },
        { id: 9, slices: [3], values: ['cccccc'] },
        { id: 10, slices: [4], values: ['d'] },
      ],
    )
    const { observer, orders, sandbox, say } = await createStage()
    const long = JSON.stringify('x'.repeat(5 << 20))
    const running = sandbox.run({ slices: [1, 2], values: [long, long] }, observer)
    sandbox.stop()
    say('flush', 1, { at: null, results: [[1, 1, 1, 1]] })
    expect(await running).toEqual({ kind: 'done' })
    expect(orders.filter((type) => type === 2).length).toBe(1)
  })

  it('may end a batch early that was to stop, and says so', async () => {
    const { observer, results, sandbox, say } = await createStage()
    const running = sandbox.run(batch, observer)
    sandbox.stop()
    say('flush', 1, { at: [6, 0], results: [[5, 1, 1, 10]] })
    say('done', 1, {})
    expect(await running).toEqual({ kind: 'done' })
    expect(results.map(({ slice }) => slice)).toEqual([5])
  })
})

describe('a sandbox that does not', () => {
  it.each<[string, (stage: Stage) => void]>([
    ['a result out of turn', ({ say }) => say('flush', 1, { at: null, results: [[7, 1, 1, 1]] })],
    [
      'a result for another slice',
      ({ say }) => say('flush', 1, { at: null, results: [[99, 1, 1, 1]] }),
    ],
    ['an end before the end', ({ say }) => say('done', 1, {})],
    ['another batch', ({ say }) => say('flush', 2, { at: null, results: [] })],
    [
      'a console line of another slice',
      ({ say }) => say('console', 1, { slice: 9, level: 'log', same: 0 }),
    ],
    ['progress of another slice', ({ say }) => say('progress', 1, { slice: 9 })],
    ['an event of another slice', ({ say }) => say('emit', 1, { slice: 9, event: 'e', data: 1 })],
    ['a rejection of another slice', ({ say }) => say('rejected', 1, { slice: 9, retries: 0 })],
    ['bytes that are no frame', ({ sandbox }) => sandbox.receive(new Uint8Array(64).fill(255))],
    [
      'a flood of notices',
      ({ say }) => {
        for (let count = 0; count <= noticesPerSecondMax; count += 1) {
          say('progress', 1, { slice: 5 })
        }
      },
    ],
  ])('dies of %s', async (_what, misbehave) => {
    const stage = await createStage()
    const running = stage.sandbox.run(batch, stage.observer)
    misbehave(stage)
    expect(await running).toMatchObject({ kind: 'died', slice: 5, error: { code: 'ESANDBOX' } })
    expect(stage.results).toEqual([])
    expect(stage.killed()).toBe(true)
    stage.say('flush', 1, { at: null, results: [[5, 1, 1, 1]] })
    expect(stage.results).toEqual([])
  })

  it.each([
    [
      'tells a slice twice',
      {
        at: [6, 0],
        results: [
          [5, 1, 1, 1],
          [5, 1, 1, 2],
        ],
      },
    ],
    ['names a slice in progress too early', { at: [7, 0], results: [[5, 1, 1, 1]] }],
  ])('keeps only what was right when it %s', async (_what, flush) => {
    const { observer, results, sandbox, say } = await createStage()
    const running = sandbox.run(batch, observer)
    say('flush', 1, flush)
    expect(await running).toMatchObject({ kind: 'died', slice: 6 })
    expect(results).toMatchObject([{ slice: 5, value: '1', cpuMs: 0 }])
  })

  it('cannot delay its start for ever', async () => {
    const clock = createManualClock()
    const sandbox = createFramedSandbox(
      's1',
      {
        ended: new Promise(() => undefined),
        send: () => undefined,
        cpuMs: async () => 0,
        kill: async () => undefined,
      },
      { clock, logger: silentLogger, limits: defaultLimits, warned: new WeakSet() },
    )
    clock.advance(20_000)
    await expect(sandbox.ready).rejects.toMatchObject({ code: 'ESANDBOX' })
  })
})

describe('the caller of a sandbox', () => {
  it('runs one batch at a time, with a value for each slice', async () => {
    const { observer, sandbox } = await createStage()
    const short = { slices: [1, 2], values: ['1'] }
    await expect(sandbox.run(short, observer)).rejects.toMatchObject({ code: 'EBADARG' })
    void sandbox.run(batch, observer)
    await expect(sandbox.run(batch, observer)).rejects.toMatchObject({ code: 'EBUSY' })
    await expect(sandbox.assign(work)).rejects.toMatchObject({ code: 'EBUSY' })
    await sandbox.kill()
  })

  it.each([
    ['ENOWORKTIME', { ...work, worktime: { name: 'pyodide', version: '1.0.0' } }],
    ['ENOTSUPPORTED', { ...work, modules: new Map([['p/f.js', '']]) }],
  ])('is told %s about work that cannot run here', async (code, other) => {
    const { sandbox } = await createStage()
    await expect(sandbox.assign(other)).rejects.toMatchObject({ code })
    await sandbox.kill()
  })
})
