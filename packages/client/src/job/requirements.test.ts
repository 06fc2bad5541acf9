import { capability } from '@manyhands/protocol'
import { describe, expect, it } from 'vitest'

import { parseRequirements } from './requirements.ts'

describe('requirements', () => {
  it('become a mask of what workers must have', () => {
    const requirements = { engine: { es7: true }, environment: { webgpu: true, fdlibm: true } }
    expect(parseRequirements(requirements)).toEqual({
      requirements: capability.webgpu | capability.fdlibm,
      discrete: false,
      useStrict: false,
    })
  })

  it('travel whole when they say what workers must not have', () => {
    const requirements = { engine: { es2019: true, spidermonkey: false }, discrete: true }
    expect(parseRequirements(requirements)).toEqual({
      requirements: 0,
      discrete: true,
      useStrict: false,
      requirementsObject: requirements,
    })
  })

  it.each([
    [{ engine: { v9: true } }, 'requirements.engine.v9'],
    [{ environment: { webgpu: 'yes' } }, 'requirements.environment.webgpu'],
    [{ constructor: true }, 'requirements.constructor'],
  ])('%j is refused, naming %s', (requirements, field) => {
    expect(() => parseRequirements(requirements)).toThrow(
      expect.objectContaining({ code: 'EBADARG', details: { field } }),
    )
  })
})
