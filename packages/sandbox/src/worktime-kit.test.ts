import { expect, test } from 'vitest'

import { splitHeadAndBytes } from './framed/frames.ts'
import { kitPayload } from './worktime-kit.ts'

test('a kit travels as the names and lengths of its files and their contents in a row', async () => {
  const files = new Map([
    ['a.js', Uint8Array.of(1, 2, 3)],
    ['empty', new Uint8Array(0)],
    ['b.wasm', Uint8Array.of(4)],
  ])
  const worktime = { name: 'pyodide', version: '0.28.0' }
  const { bytes, head } = splitHeadAndBytes(
    await kitPayload({ worktime, files: async () => files }),
  )
  expect(JSON.parse(new TextDecoder().decode(head))).toEqual({
    name: 'pyodide',
    files: [
      ['a.js', 3],
      ['empty', 0],
      ['b.wasm', 1],
    ],
  })
  expect([...bytes]).toEqual([1, 2, 3, 4])
})
