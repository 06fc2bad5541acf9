import { describe, expect, it } from 'vitest'

import { findLost, restoreLost } from './lost.ts'

function crossing(value: unknown): unknown {
  const sent = structuredClone({ value, lost: findLost(value) })
  return restoreLost(sent.value, sent.lost)
}

/** As Deno does: a URL is cloned as an empty object. Node refuses it, so the test stands in for it. */
function withPlainUrls(value: unknown): unknown {
  const lost = findLost(value)
  const stands = new Map(lost?.map(([holder]) => [holder, {}]))
  const swap = (member: unknown): unknown => {
    const stand = stands.get(member as object)
    if (stand !== undefined) return stand
    if (Array.isArray(member)) return member.map(swap)
    if (member instanceof Map) return new Map([...member].map(([k, v]) => [swap(k), swap(v)]))
    if (member instanceof Set) return new Set([...member].map(swap))
    return member
  }
  const moved = lost?.map(([holder, , data]) => [stands.get(holder) ?? {}, 'url', data] as const)
  return restoreLost(swap(value), moved as Parameters<typeof restoreLost>[1])
}

describe('what structured clone loses', () => {
  it('is nothing in plain data', () => {
    for (const value of [1, 'a', null, undefined, { a: [1, { b: 2 }] }, new Map([[1, 2]])]) {
      expect(findLost(value)).toBeUndefined()
    }
  })

  it('includes URLs, wherever they are', () => {
    const url = new URL('https://example.org/a?b#c')
    expect(withPlainUrls(url)).toEqual(url)
    expect(withPlainUrls([1, url, [url]])).toEqual([1, url, [url]])
    expect(withPlainUrls(new Map([[url, new Set([url])]]))).toEqual(
      new Map([[url, new Set([url])]]),
    )
  })

  it('includes the names and codes of errors', () => {
    class OwnError extends Error {
      override readonly name = 'OwnError'
      readonly code = 'EOWN'
      readonly hint = 7
    }
    const error = crossing({ error: new OwnError('text') }) as { error: OwnError }
    expect(error.error).toBeInstanceOf(Error)
    expect(error.error).toMatchObject({ name: 'OwnError', message: 'text', code: 'EOWN', hint: 7 })
  })

  it('is found in cycles and behind holes', () => {
    const cycle: { self?: unknown; error: Error } = {
      error: Object.assign(new Error('x'), { code: 'E' }),
    }
    cycle.self = cycle
    const back = crossing(cycle) as typeof cycle
    expect(back.self).toBe(back)
    expect(back.error).toMatchObject({ code: 'E' })
    const sparse: unknown[] = []
    sparse[1_000_000] = Object.assign(new Error('far'), { code: 'EFAR' })
    expect(findLost(sparse)?.length).toBe(1)
  })
})
