// Work functions that do odd things, in real sandboxes, seen from the client.
import type { Client } from '@manyhands/client'
import { Testnet } from '@manyhands/testnet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

let net: Testnet
let client: Client
beforeAll(async () => {
  net = await Testnet.create({ workers: 1 })
  client = await net.connect()
})
afterAll(() => net.close())

/** What `work` gives for one slice, here and through the scheduler. */
async function outcomes(work: string): Promise<unknown[]> {
  const { compute } = client
  const remote = await compute.for([1], work).exec()
  const local = await compute.for([1], work).localExec(1)
  return [remote[0], local[0]]
}

describe('a work function that returns', () => {
  it.each<[string, string, unknown]>([
    ['undefined', '() => {}', undefined],
    ['NaN', '() => NaN', Number.NaN],
    ['a BigInt', '() => 2n ** 70n', 2n ** 70n],
    ['a Map', '() => new Map([[1, { a: 2 }]])', new Map([[1, { a: 2 }]])],
    ['a typed array', '() => new Uint16Array([1, 65535])', new Uint16Array([1, 65_535])],
    ['a promise', 'async (n) => n + 1', 2],
    ['a text of another alphabet', "() => 'é漢#%\\u0000'", 'é漢#%\u0000'],
  ])('%s', async (_name, work, value) => {
    expect(await outcomes(`(${work})`)).toEqual([value, value])
  })

  it('a cycle', async () => {
    const work = '() => { const ring = { name: "ring" }; ring.self = ring; return ring }'
    for (const ring of (await outcomes(work)) as { name: string; self: unknown }[]) {
      expect(ring.name).toBe('ring')
      expect(ring.self).toBe(ring)
    }
  })
})

describe('a work function that fails', () => {
  async function failure(work: string): Promise<{ code: string; errors: string[] }[]> {
    const runs = [
      (job: ReturnType<typeof client.compute.for>) => job.exec(),
      (job: ReturnType<typeof client.compute.for>) => job.localExec(1),
    ]
    return Promise.all(
      runs.map(async (run) => {
        const job = client.compute.for([1], work)
        const errors: string[] = []
        job.on('error', ({ name, message }) => errors.push(`${name}: ${message}`))
        const code = await run(job).then(
          () => 'none',
          (error: { code: string }) => error.code,
        )
        return { code, errors }
      }),
    )
  }

  it('by throwing at once', async () => {
    for (const { code, errors } of await failure('() => { throw new TypeError("no") }')) {
      expect(code).toBe('ETOOMANYERRORS')
      expect(errors[0]).toBe('TypeError: no')
    }
  })

  it('by throwing what is no error', async () => {
    for (const { code, errors } of await failure('() => { throw "just a text" }')) {
      expect(code).toBe('ETOOMANYERRORS')
      expect(errors[0]).toContain('just a text')
    }
  })

  it('by returning a function', async () => {
    for (const { code, errors } of await failure('() => () => 1')) {
      expect(code).toBe('ETOOMANYERRORS')
      expect(errors[0]).toMatch(/cannot be sent|could not be cloned/)
    }
  })

  it('by being no function at all', async () => {
    for (const { code } of await failure('42')) {
      expect(['ETOOMANYERRORS', 'EUNCAUGHT']).toContain(code)
    }
  })
})
