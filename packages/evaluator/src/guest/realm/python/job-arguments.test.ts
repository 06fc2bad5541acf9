import { expect, test } from 'vitest'

import { readJobArguments } from './job-arguments.ts'

const image = new Uint8Array([1, 2])

test.each([
  [[], { argv: [] }],
  [[1], { argv: [] }],
  [[1, 'a', 2], { argv: ['a', 2] }],
  [['a', 'b'], { argv: ['a', 'b'] }],
  [[3, 'env', 'A=1', 'x'], { argv: ['x'], environment: { A: '1' } }],
  [[4, 'env', 'A=1=2', 'B=', 'x'], { argv: ['x'], environment: { A: '1=2', B: '' } }],
  [
    [5, 'gzImage', image, 'env', 'A=1', { deep: 1 }],
    { argv: [{ deep: 1 }], environment: { A: '1' }, images: [image] },
  ],
  [[3, 'gzImage', image.buffer], { argv: [], images: [image] }],
])('%j', (given, { argv, environment = {}, images = [] }: Record<string, unknown>) => {
  const read = readJobArguments(given as unknown[])
  expect(read.argv).toEqual(argv)
  expect(Object.fromEntries(read.environment)).toEqual(environment)
  expect(read.images).toEqual(images)
})

test.each([
  [[3, 'rm', 'x'], 'the argument 1 of a Python job is no command: rm'],
  [[3, 'env', 'A'], 'the argument 2 of a Python job is no command: A'],
  [[3, 'gzImage', 'text'], 'must be bytes'],
])('refuses %j', (given, message) => {
  expect(() => readJobArguments(given)).toThrow(message)
})
