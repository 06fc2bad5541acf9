import { expect, it } from 'vitest'

import { parseManifest } from './find-gpu.ts'

const at = '/usr/share/vulkan/icd.d/driver_icd.json'
const manifest = (path: unknown): string =>
  JSON.stringify({ file_format_version: '1.0.0', ICD: { library_path: path, api_version: '1.3' } })

it('finds a driver at the path that its manifest gives', () => {
  expect(parseManifest(manifest('/opt/gpu/libdriver.so'), at)).toEqual(['/opt/gpu/libdriver.so'])
})

it('finds a driver beside its manifest', () => {
  expect(parseManifest(manifest('./libdriver.so'), at)).toEqual([
    '/usr/share/vulkan/icd.d/libdriver.so',
  ])
})

it('looks for a bare name where libraries are', () => {
  expect(parseManifest(manifest('libGLX_nvidia.so.0'), at)).toContain(
    '/usr/lib64/libGLX_nvidia.so.0',
  )
})

it('finds nothing in a manifest that names no driver', () => {
  expect(parseManifest(manifest(7), at)).toEqual([])
  expect(parseManifest('{}', at)).toEqual([])
})
