import { silentLogger, systemClock, systemRandom } from '@manyhands/protocol'
import { describe, expect, it } from 'vitest'

import { createHttpServer } from '../http/http-server.ts'
import { createMemoryValueStore } from './memory-value-store.ts'
import { valueRoute } from './value-route.ts'

describe('the route of values', () => {
  it('serves JSON and KVIN to pages of any origin, and nothing else', async () => {
    const store = createMemoryValueStore({ clock: systemClock })
    const texts = ['"höhle"', 'true', '{"_serializeVerId":"v8","what":{"arr":[1]}}']
    const keys = await Promise.all(texts.map(async (text) => (await store.keep(text)).key))
    const deps = { logger: silentLogger, clock: systemClock, random: systemRandom }
    await using server = createHttpServer({ routes: [valueRoute(store)] }, deps)
    await server.start()
    const answers = await Promise.all(keys.map((key) => fetch(`${server.origin}/values/${key}`)))
    expect(answers.map(({ headers }) => headers.get('content-type'))).toEqual([
      'application/json',
      'application/json',
      'application/x-kvin',
    ])
    expect(answers.map(({ headers }) => headers.get('access-control-allow-origin'))).toEqual(
      texts.map(() => '*'),
    )
    expect(await Promise.all(answers.map((answer) => answer.text()))).toEqual(texts)
    const head = await fetch(`${server.origin}/values/${keys[0]}`, { method: 'HEAD' })
    expect(head.headers.get('content-length')).toBe('8')
    for (const path of ['', 'f'.repeat(64), '..%2fidentity.key']) {
      expect((await fetch(`${server.origin}/values/${path}`)).status).toBe(404)
    }
    const post = await fetch(`${server.origin}/values/${keys[0]}`, { method: 'POST' })
    expect(post.status).toBe(405)
  })
})
