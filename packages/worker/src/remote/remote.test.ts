import { DcpError, parsePrepared, prepareText, serialize } from '@manyhands/protocol'
import type { GuestRequest, GuestResponse, OriginPurpose } from '@manyhands/sandbox'
import { createOriginPolicy } from '@manyhands/sandbox'
import type { AllowedOrigins } from '@manyhands/sandbox'
import { describe, expect, it } from 'vitest'

import { createRemote } from './remote.ts'
import type { Remote } from './remote.ts'

interface Scene {
  readonly remote: Remote
  readonly asked: { readonly purpose: OriginPurpose; readonly request: GuestRequest }[]
}

function scene(
  allowed: AllowedOrigins,
  answer: Partial<GuestResponse> = {},
  trustGroups = false,
): Scene {
  const asked: Scene['asked'] = []
  const remote = createRemote(
    {
      origins: createOriginPolicy(allowed),
      scheduler: new URL('http://scheduler.test:4280/'),
      trustGroups,
    },
    {
      brokerFetch: (policy, purpose) => async (request) => {
        if (!policy.allows(new URL(request.url), purpose)) throw new DcpError('EPERM_ORIGIN', 'no')
        asked.push({ purpose, request })
        const url = request.url
        const usual = { url, redirected: false, status: 200, statusText: 'OK', headers: [] }
        return { ...usual, body: new Uint8Array(), ...answer }
      },
      signal: new AbortController().signal,
    },
  )
  return { remote, asked }
}

function answered(type: string | undefined, body: string | Uint8Array): Partial<GuestResponse> {
  return {
    headers: type === undefined ? [] : [['content-type', type]],
    body: typeof body === 'string' ? new TextEncoder().encode(body) : body,
  }
}

const data = new URL('http://data.test/1')

describe('a value at another location', () => {
  it.each<[string, string | Uint8Array, unknown]>([
    ['application/json', '{"a":[1,"ü"]}', { a: [1, 'ü'] }],
    ['application/json; charset=utf-8', 'null', null],
    ['application/x-kvin', serialize(new Map([[1, 2n]])), new Map([[1, 2n]])],
    ['text/plain', 'as it is', 'as it is'],
    ['Text/CSV', 'a,b', 'a,b'],
    ['application/octet-stream', Uint8Array.of(1, 255), Uint8Array.of(1, 255)],
  ])('of type %s is decoded', async (type, body, value) => {
    const { remote } = scene(['http://data.test'], answered(type, body))
    expect(parsePrepared(await remote.read(data, 'fetchData'))).toEqual(value)
  })

  it.each<[string, Partial<GuestResponse>, RegExp]>([
    ['is not what it says', answered('application/json', '{'), /is not what it says/],
    ['has no type', answered(undefined, '1'), /no content type/],
    ['is not there', { status: 404 }, /answers with status 404/],
    ['has moved for good', { status: 301 }, /answers with status 301/],
  ])('cannot be read when it %s', async (_what, answer, message) => {
    const { remote } = scene(['http://data.test'], answer)
    const reading = remote.read(data, 'fetchData')
    await expect(reading).rejects.toMatchObject({ code: 'EFETCH' })
    await expect(reading).rejects.toThrow(message)
  })
})

describe('what is allowed', () => {
  const json = answered('application/json', '1')

  it('is allowed for its purpose alone', async () => {
    const { remote } = scene({ fetchData: ['http://data.test'] }, json)
    await remote.read(data, 'fetchData')
    await expect(remote.read(data, 'fetchArguments')).rejects.toMatchObject({
      code: 'EPERM_ORIGIN',
    })
    expect(remote.allows(data, 'fetchWorkFunctions', undefined)).toBe(false)
  })

  it('is always the scheduler, but not for what work functions fetch', async () => {
    const { remote } = scene([], json)
    const value = new URL('http://scheduler.test:4280/values/1')
    await remote.read(value, 'fetchData')
    expect(remote.allows(value, 'workerFetch', undefined)).toBe(false)
    expect(remote.allows(new URL('http://scheduler.test/'), 'fetchData', undefined)).toBe(false)
  })

  it('is what a compute group asks, for its own jobs, when it is trusted', async () => {
    const asked = { group: { fetchData: ['http://data.test'], any: ['http://any.test'] } }
    const { remote } = scene([], json, true)
    remote.note(asked)
    await remote.read(data, 'fetchData', 'group')
    await expect(remote.read(data, 'fetchData', 'other')).rejects.toMatchObject({
      code: 'EPERM_ORIGIN',
    })
    await expect(remote.read(data, 'fetchData')).rejects.toMatchObject({ code: 'EPERM_ORIGIN' })
    expect(remote.allows(data, 'sendResults', 'group')).toBe(false)
    expect(remote.allows(new URL('http://any.test'), 'workerFetch', 'group')).toBe(false)
    remote.note({ group: {} })
    await expect(remote.read(data, 'fetchData', 'group')).rejects.toMatchObject({
      code: 'EPERM_ORIGIN',
    })
    const careful = scene([], json).remote
    careful.note(asked)
    expect(careful.allows(data, 'fetchData', 'group')).toBe(false)
  })

  it('is nothing without a way to fetch', async () => {
    const origins = createOriginPolicy(['http://data.test'])
    const remote = createRemote(
      { origins, scheduler: data, trustGroups: false },
      { brokerFetch: undefined, signal: new AbortController().signal },
    )
    await expect(remote.read(data, 'fetchData')).rejects.toMatchObject({ code: 'EPERM_ORIGIN' })
  })
})

describe('a result that belongs elsewhere', () => {
  const place = new URL('http://data.test/results')

  async function posted(value: unknown, params: Record<string, string> = {}): Promise<object> {
    const { remote, asked } = scene({ sendResults: ['http://data.test'] }, answered('x', 'kept'))
    const result = { slice: 7, value: prepareText(value), params }
    expect(await remote.post(place, result)).toBe('"kept"')
    const [{ purpose, request } = { purpose: undefined, request: undefined }] = asked
    expect(purpose).toBe('sendResults')
    expect(request).toMatchObject({
      method: 'POST',
      headers: [['content-type', 'application/x-www-form-urlencoded']],
    })
    return Object.fromEntries(new URLSearchParams(new TextDecoder().decode(request?.body)))
  }

  it('is posted as a form with the fields of its owner', async () => {
    expect(await posted({ a: 'ü&' }, { token: 'x y' })).toEqual({
      token: 'x y',
      contentType: 'application/json',
      element: '7',
      content: '{"a":"ü&"}',
    })
  })

  it('is written as its owner wants it', async () => {
    expect(await posted('text', { contentType: 'text/plain', element: 'mine' })).toMatchObject({
      contentType: 'text/plain',
      element: 'mine',
      content: 'text',
    })
    expect(await posted(5n, { contentType: 'application/x-kvin' })).toMatchObject({
      content: serialize(5n, { label: 'v8' }),
    })
    expect(await posted(undefined)).toMatchObject({ content: 'null' })
  })

  it('cannot be posted as what it is not', async () => {
    const { remote } = scene(['http://data.test'])
    const post = (value: unknown, contentType: string): Promise<string> =>
      remote.post(place, { slice: 1, value: prepareText(value), params: { contentType } })
    await expect(post(5n, 'application/json')).rejects.toThrow(/cannot be written as JSON/)
    await expect(post(5, 'image/png')).rejects.toThrow(/cannot be posted as image\/png/)
  })

  it('is refused by a place that does not take it', async () => {
    const { remote } = scene(['http://data.test'], { status: 500 })
    const posting = remote.post(place, { slice: 1, value: '1', params: {} })
    await expect(posting).rejects.toMatchObject({ code: 'EFETCH' })
  })
})
