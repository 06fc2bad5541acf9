import { expect, test } from 'vitest'

import { capability } from '../constants.ts'
import {
  capabilitiesOfDialect4,
  excludedByRequirements,
  isCapable,
  maskOfRequirements,
  requirementsOfMask,
} from './requirements.ts'

test('requirements of V8 and WebGPU are 97 with KVIN v9', () => {
  const mask = maskOfRequirements({ engine: { v8: true }, environment: { webgpu: true } })
  expect(mask | capability.kvinV9).toBe(97)
})

test('dialect 4 objects become masks, and masks what a dialect 4 worker reads', () => {
  const tree = {
    engine: { es7: true, spidermonkey: false },
    environment: { webgpu: true, fdlibm: true },
    browser: { chrome: true },
    details: { offscreenCanvas: { bigTexture4096: true } },
  }
  expect(maskOfRequirements(tree)).toBe(32 + 16 + 8 + 4)
  expect(excludedByRequirements(tree)).toBe(capability.engineSpidermonkey)
  expect(capabilitiesOfDialect4({ environment: { fdlibm: true } })).toBe(80)
  expect(requirementsOfMask(16 + 2, { discrete: true, useStrict: false })).toEqual({
    engine: { spidermonkey: true },
    environment: { fdlibm: true },
    browser: {},
    details: {},
    discrete: true,
    useStrict: false,
  })
})

test('junk in place of an object asks for nothing', () => {
  expect(
    maskOfRequirements({ engine: 5, environment: null, details: 'x', browser: { chrome: 'yes' } }),
  ).toBe(0)
})

test('a worker is capable when it has every bit, and V8 unless it says otherwise', () => {
  expect(isCapable(80, 64)).toBe(true)
  expect(isCapable(80, 65)).toBe(true)
  expect(isCapable(82, 65)).toBe(false)
  expect(isCapable(80, 96)).toBe(false)
})
