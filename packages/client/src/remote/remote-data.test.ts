import { DcpError } from '@manyhands/protocol'
import { afterAll, describe, expect, it } from 'vitest'

import { scriptScheduler } from '../_scripted-scheduler.ts'
import { RemoteDataPattern, RemoteDataSet } from './remote-data.ts'

const scheduler = scriptScheduler({
  // Nothing is computed here: what was sent is what is looked at.
  'jobSubmit.submit@5': () => {
    throw new DcpError('EPERM', 'enough')
  },
})
const { compute } = scheduler.client
afterAll(() => scheduler[Symbol.asyncDispose]())

type Sent = Readonly<Record<string, unknown>>

/** What a job sends when it is deployed. */
async function submitted(job: { exec(): Promise<unknown> }): Promise<Sent> {
  await expect(job.exec()).rejects.toThrow('enough')
  const sent = scheduler.received.findLast(({ operation }) => operation === 'jobSubmit.submit@5')
  return sent?.data as Sent
}

describe('a set of locations', () => {
  it('is made of text and URLs, in a list or one after the other', () => {
    const list = ['http://a.test/1', new URL('http://b.test/2'), { href: 'http://c.test/3' }]
    const hrefs = (set: RemoteDataSet): string[] => set.locations.map(({ href }) => href)
    const expected = ['http://a.test/1', 'http://b.test/2', 'http://c.test/3']
    expect(hrefs(new RemoteDataSet(list))).toEqual(expected)
    expect(hrefs(new RemoteDataSet(...list))).toEqual(expected)
    expect(new RemoteDataSet(list)).toHaveLength(3)
    expect(() => new RemoteDataSet('http://a.test/', 'nowhere')).toThrow(/element 2 of the set/)
  })

  it('can be an input set, and arguments', async () => {
    const set = new RemoteDataSet<number>('http://a.test/1', 'http://a.test/2')
    const job = compute.for(set, (n: number, a: number, b: number) => n + a + b, [
      new RemoteDataSet('http://b.test/1'),
      5,
    ] as never)
    const { marshaledArguments, dataRange, dataPattern } = await submitted(job)
    expect([dataRange, dataPattern]).toEqual([undefined, undefined])
    const upload = scheduler.received.findLast(
      ({ operation }) => operation === 'jobSubmit.addSliceData',
    )
    expect(JSON.stringify(upload?.data)).toContain('"arg":"http://a.test/2"')
    expect(JSON.stringify(marshaledArguments)).toContain('"arg":"http://b.test/1"')
  })
})

describe('a pattern of locations', () => {
  it('is sent as it is, with its count', async () => {
    const pattern = new RemoteDataPattern<number>('http://a.test/{slice}.json', 7)
    const job = compute.for(pattern, (n) => n * 2)
    expect(await submitted(job)).toMatchObject({
      dataPattern: 'http://a.test/{slice}.json',
      sliceCount: 7,
    })
  })

  it('may be a URL, which writes its braces in percent', () => {
    const { pattern } = new RemoteDataPattern(new URL('http://a.test/{slice}'), 1)
    expect(pattern).toBe('http://a.test/%7Bslice%7D')
  })

  it('must be one', () => {
    expect(() => new RemoteDataPattern('http://a.test/', 1)).toThrow(/must hold \{slice\}/)
    expect(() => new RemoteDataPattern('{slice}', 1)).toThrow(/must be a location/)
    expect(() => new RemoteDataPattern('http://a.test/{slice}', 0)).toThrow(/sliceCount/)
    const argument = [new RemoteDataPattern('http://a.test/{slice}', 1)]
    expect(() => compute.for([1], (n) => n, argument as never)).toThrow(/cannot be an argument/)
  })
})

describe('a work function at another location', () => {
  it('is sent as its location', async () => {
    const job = compute.for([1], new URL('http://code.test/work.js'))
    expect(await submitted(job)).toMatchObject({ workFunctionURI: 'http://code.test/work.js' })
    const once = compute.do(3, new URL('http://code.test/work.js'))
    expect(await submitted(once)).toMatchObject({ workFunctionURI: 'http://code.test/work.js' })
  })

  it('cannot be what it is not', () => {
    expect(() => compute.for([1], new URL('file:///work.js'))).toThrow(/cannot be loaded from/)
    const ranges = [{ start: 1, end: 2 }]
    expect(() => compute.for(ranges, new URL('http://code.test/') as never)).toThrow(/multi range/)
  })
})

describe('a place for results', () => {
  it('is sent with its fields', async () => {
    const job = compute.for([1], (n) => n)
    job.setResultStorage(new URL('http://store.test/{job}/{slice}'), { token: 'x' })
    expect(await submitted(job)).toMatchObject({
      resultStorageType: 'pattern',
      resultStorageDetails: 'http://store.test/%7Bjob%7D/%7Bslice%7D',
      resultStorageParams: { token: 'x' },
    })
  })

  it('must be a place', () => {
    const job = compute.for([1], (n) => n)
    expect(() => job.setResultStorage('results', {})).toThrow(/must be a location/)
    expect(() => job.setResultStorage(undefined as never, {})).toThrow(
      expect.objectContaining({ code: 'EBADARG', details: { field: 'location' } }),
    )
    expect(() => job.setResultStorage('http://a.test/', undefined as never)).toThrow(/object/)
  })
})

describe('localExec', () => {
  it('says that it does not go elsewhere', async () => {
    const pattern = new RemoteDataPattern('http://a.test/{slice}', 1)
    await expect(compute.for(pattern, (n) => n).localExec(false)).rejects.toMatchObject({
      code: 'ENOTSUPPORTED',
    })
    const remote = compute.for([1], new URL('http://code.test/work.js'))
    await expect(remote.localExec(false)).rejects.toMatchObject({ code: 'ENOTSUPPORTED' })
  })
})
