import { Testnet } from '@manyhands/testnet'
import type { NodeClient } from '@manyhands/client/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let net: Testnet
let client: NodeClient

beforeAll(async () => {
  net = await Testnet.create({
    workers: 1,
    sandboxes: 2,
    limits: { noProgressMs: 500 },
  })
  client = await net.connect()
})

afterAll(() => net.close())

interface Outcome {
  readonly results?: unknown[]
  readonly failed?: unknown
  readonly errors: { readonly name: string; readonly message: string; readonly code?: string }[]
}

/** Deploys the text as it is, and tells how the job ended. */
async function outcomeOf(text: string, last = 1, by = client): Promise<Outcome> {
  const job = by.compute.for(1, last, text)
  const errors: { name: string; message: string; code?: string }[] = []
  job.on('error', (error) => errors.push(error))
  try {
    return { results: Array.from(await job.exec()), errors }
  } catch (failed) {
    return { failed, errors }
  }
}

describe('a work function that', () => {
  it.each([
    ['returns undefined', '() => undefined', undefined],
    ['returns NaN', '() => NaN', NaN],
    ['returns a BigInt', '() => 2n ** 70n', 2n ** 70n],
    ['returns a Map', '() => new Map([[1, new Set([2])]])', new Map([[1, new Set([2])]])],
    ['returns a typed array', '() => Float64Array.of(0.5, -0)', Float64Array.of(0.5, -0)],
    ['returns nothing and calls no progress', '(x) => {}', undefined],
    ['returns null', '() => null', null],
  ])('%s is computed', async (_, text, expected) => {
    expect(await outcomeOf(text)).toEqual({ results: [expected], errors: [] })
  })

  it('returns a cycle is computed', async () => {
    const { results } = await outcomeOf('() => { const a = []; a.push(a); return a }')
    const [cycle] = (results ?? []) as unknown[][]
    expect(cycle?.[0]).toBe(cycle)
  })

  it.each([
    ['throws at once', "() => { throw new TypeError('no') }", 'ETOOMANYERRORS', /^no$/],
    ['throws a non-error', '() => { throw 42 }', 'ETOOMANYERRORS', /42/],
    ['returns a function', '() => () => 1', 'ETOOMANYERRORS', /cannot be sent/],
    [
      'throws while it is loaded',
      '(() => { throw new Error("loading") })()',
      'ETOOMANYERRORS',
      /loading/,
    ],
    ['never comes back', '() => { for (;;); }', 'ENOPROGRESS', /progress/],
    ['never settles', '() => new Promise(() => {})', 'ENOPROGRESS', /progress/],
  ])('%s ends its job with a clear error', async (_, text, code, message) => {
    const { failed, errors } = await outcomeOf(text)
    expect(failed).toMatchObject({ code })
    expect(errors[0]?.message).toMatch(message)
  })

  it('allocates for ever ends its job with a clear error', async () => {
    await using small = await Testnet.create({ limits: { heapMib: 64, memoryMib: 512 } })
    const text = '() => { const all = []; for (;;) all.push(new Array(1e5).fill(all.length)) }'
    const { failed, errors } = await outcomeOf(text, 1, await small.connect())
    expect(failed).toMatchObject({ code: 'ETOOMANYERRORS' })
    expect(errors[0]).toMatchObject({ code: 'EMEMORY', message: expect.stringMatching(/memory/) })
  })

  it('floods the console is computed, and told that lines were dropped', async () => {
    const text = '() => { for (let i = 0; i < 20000; i++) console.log(i); return 1 }'
    const job = client.compute.for(1, 1, text)
    const said: unknown[] = []
    job.on('console', ({ message }) => said.push(message[0]))
    expect(Array.from(await job.exec())).toEqual([1])
    const dropped = said.findIndex((message) =>
      /dropped above \d+ per second/.test(String(message)),
    )
    expect(said.slice(0, dropped)).toEqual(Array.from({ length: dropped }, (_, i) => i))
    expect(dropped).toBeGreaterThan(0)
    expect(said.length).toBeLessThan(20_000)
  })

  it('stops calling progress is told with its last report and its data', async () => {
    const job = client.compute.for(['x'], `() => { progress(0.25); for (;;); }`)
    const told: unknown[] = []
    job.on('noProgress', (event) => told.push(event))
    job.on('noProgressData', ({ data }) => told.push(data))
    await expect(job.exec()).rejects.toMatchObject({ code: 'ENOPROGRESS' })
    const report = { progress: 0.25, timestamp: expect.any(Number) }
    expect(told[0]).toMatchObject({
      address: job.id,
      sliceIndex: 1,
      timestamp: expect.any(Number),
      progressReports: { last: report, lastUpdate: report },
    })
    expect((told[0] as { timestamp: number }).timestamp).toBeGreaterThanOrEqual(500)
    expect(told[1]).toBe('x')
  })

  it('does not parse is refused before it is deployed', async () => {
    const job = client.compute.for(1, 1, '(x) => { return x +')
    await expect(job.exec()).rejects.toThrow(/work function does not parse/)
  })

  it('does well after all of these', async () => {
    expect(await outcomeOf('(x) => x * 10', 3)).toEqual({ results: [10, 20, 30], errors: [] })
  })
})
