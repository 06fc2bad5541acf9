import { expect, test } from 'vitest'

import { createJobId, createWorkerId, parseJobId, parseWorkerId } from './ids.ts'
import { seededRandom } from './ports/seeded-random.ts'

const random = seededRandom('ids')

test('new ids have the form that is checked', () => {
  expect(parseJobId(createJobId(random))).toMatch(/^[A-Za-z0-9]{22}$/)
  expect(parseWorkerId(createWorkerId(random))).toMatch(/^[A-Za-z0-9]{22}$/)
  expect(parseWorkerId(createWorkerId(random, 'localExec'))).toMatch(/^localExec_[A-Za-z0-9]{12}$/)
  expect(createJobId(random)).not.toBe(createJobId(random))
})

test('job ids of dialect 4 begin with a j', () => {
  expect(parseJobId(`j${'a'.repeat(22)}`)).toHaveLength(23)
})

test.each(['', 'a'.repeat(21), 'a'.repeat(23), `${'a'.repeat(21)}-`, `${'a'.repeat(22)}\n`])(
  '%j is no id',
  (text) => {
    expect(() => parseJobId(text)).toThrow(expect.objectContaining({ code: 'EBADARG' }))
    expect(() => parseWorkerId(text)).toThrow(expect.objectContaining({ code: 'EBADARG' }))
  },
)

test('an error shows the head of what it refuses', () => {
  expect(() => parseJobId('x'.repeat(1e6))).toThrow(/not "x{59}…$/)
})
