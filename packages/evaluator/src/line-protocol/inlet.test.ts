import { expect, test } from 'vitest'

import { createInlet } from './inlet.ts'

test('a line of ours comes between the lines of the worker, never inside one', () => {
  const { add, stream } = createInlet()
  let passed = ''
  stream.on('data', (chunk: Buffer) => (passed += chunk.toString()))
  add(Buffer.from('OURS 1\n'))
  stream.write('one\ntwo ha')
  add(Buffer.from('OURS 2\n'))
  stream.write('lf\nthr')
  add(Buffer.from('OURS 3\n'))
  stream.write('ee')
  stream.write('\n')
  add(Buffer.from('OURS 4\n'))
  expect(passed).toBe('OURS 1\none\ntwo half\nOURS 2\nthree\nOURS 3\nOURS 4\n')
})

test('a worker that has hung up gets nothing in between any more', () => {
  const { add, stream } = createInlet()
  stream.on('data', () => undefined).end('one\n')
  expect(() => add(Buffer.from('OURS\n'))).not.toThrow()
})
