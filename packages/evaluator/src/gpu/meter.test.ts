import { expect, it } from 'vitest'

import { createGpuMeter } from './meter.ts'

function description(id: number, render: number, compute: number): string {
  return [
    'pos:\t0',
    'flags:\t02100002',
    'drm-driver:\tamdgpu',
    `drm-client-id:\t${id}`,
    'drm-pdev:\t0000:03:00.0',
    `drm-engine-gfx:\t${render} ns`,
    `drm-engine-compute:\t${compute} ns`,
    'drm-engine-capacity-compute:\t4',
    'drm-memory-vram:\t2048 KiB',
    '',
  ].join('\n')
}

it('adds the engines of a client, and counts a client once', () => {
  const files = [description(7, 1_000_000, 2_500_000), description(7, 1_000_000, 2_500_000)]
  expect(createGpuMeter(1, () => files).read()).toBe(3.5)
})

it('keeps what was counted for a file that is closed', () => {
  let files = [description(7, 1_000_000, 0), description(8, 4_000_000, 0)]
  const meter = createGpuMeter(1, () => files)
  expect(meter.read()).toBe(5)
  files = [description(8, 6_000_000, 0)]
  expect(meter.read()).toBe(7)
})

it('says that nothing is counted where no file is one of a driver', () => {
  expect(createGpuMeter(1, () => ['pos:\t0\nflags:\t0100000\n']).read()).toBeUndefined()
})
