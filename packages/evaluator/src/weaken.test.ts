import { describe, expect, it } from 'vitest'

import { parseWithout } from './weaken.ts'

const forTests = { MANYHANDS_WEAKEN: 'for-tests' }

describe('leaving out layers', () => {
  it('is refused unless the environment says that this is a test', () => {
    for (const environment of [{}, { MANYHANDS_WEAKEN: '1' }, { MANYHANDS_WEAKEN: '' }]) {
      expect(() => parseWithout('seccomp', environment)).toThrow('in tests alone')
    }
    expect([...parseWithout('seccomp,realm', forTests)]).toEqual(['seccomp', 'realm'])
  })

  it('leaves nothing out when nothing is asked for, whatever the environment', () => {
    expect(parseWithout(undefined, forTests).size).toBe(0)
    expect(parseWithout('', {}).size).toBe(0)
  })

  it('knows every layer by its name', () => {
    expect(() => parseWithout('seccomp,walls', forTests)).toThrow('no layer walls')
  })
})
