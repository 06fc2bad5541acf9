import { expect, it } from 'vitest'

import * as computer from './index.ts'

it('exports what others may use', () => {
  expect(Object.keys(computer)).toEqual(['createComputer'])
})
