import { expect, test } from 'vitest'

import { createOutbox, type Outgoing } from './outbox.ts'

const message = (id: string, length = 1): Outgoing => ({ id, head: 'x'.repeat(length) })
const idsOf = (messages: readonly Outgoing[]): string[] => messages.map(({ id }) => id)

test('messages leave in order, as many as fit', () => {
  const outbox = createOutbox()
  for (let n = 0; n < 301; n += 1) outbox.add([message(String(n))])
  expect(outbox.messages).toBe(301)
  expect(outbox.take()).toHaveLength(300)
  expect(idsOf(outbox.take())).toEqual(['300'])
  expect(outbox.take()).toEqual([])
  expect(outbox.length).toBe(0)
})

test('a long message leaves alone, however long it is', () => {
  const outbox = createOutbox()
  outbox.add([message('short')])
  outbox.add([message('long', 9_000_000)])
  outbox.add([message('next')])
  expect(idsOf(outbox.take())).toEqual(['short'])
  expect(idsOf(outbox.take())).toEqual(['long'])
  expect(idsOf(outbox.take())).toEqual(['next'])
})

test('what belongs together leaves together, even beyond the usual size', () => {
  const outbox = createOutbox()
  outbox.add([message('before')])
  outbox.add(Array.from({ length: 400 }, (_, n) => message(String(n))))
  expect(idsOf(outbox.take())).toEqual(['before'])
  expect(outbox.take()).toHaveLength(400)
})

test('a goodbye overtakes, and what is taken back is gone', () => {
  const outbox = createOutbox()
  outbox.add([message('a', 5), message('b', 5)])
  outbox.add([message('c', 5)])
  outbox.addFirst([message('bye')])
  outbox.remove(({ id }) => id === 'a' || id === 'c')
  expect(outbox.messages).toBe(2)
  expect(outbox.length).toBe(6)
  expect(idsOf(outbox.drain())).toEqual(['bye', 'b'])
  expect(outbox.messages).toBe(0)
})
