import { expect, it } from 'vitest'

import { describeFound } from './describe.ts'

it('says what was found, and that it has to be granted', () => {
  const found = {
    files: [],
    loader: { from: '/usr/lib/libvulkan.so.1', to: '/lib/libvulkan.so.1' },
    links: [],
    devices: ['/dev/dri/renderD128'],
    groups: [105],
    manifests: ['/usr/share/vulkan/icd.d/radeon_icd.x86_64.json'],
    software: false,
  }
  expect(describeFound(found)).toBe(
    'radeon_icd.x86_64 with /dev/dri/renderD128; off unless granted with --gpu',
  )
})

it('says what is missing', () => {
  expect(describeFound({ missing: 'no Vulkan loader (libvulkan.so.1)' })).toBe(
    'none: no Vulkan loader (libvulkan.so.1)',
  )
})
