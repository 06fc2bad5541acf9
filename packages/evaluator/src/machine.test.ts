import { describe, expect, it } from 'vitest'

import { viewOf } from './jail/file-view.ts'
import { findTool, isMapped, parseBubblewrapVersion } from './machine.ts'

describe('what a machine offers', () => {
  it('is looked for in the folders of the system, in order', () => {
    const runnable = ['/usr/local/bin/bwrap', '/usr/bin/bwrap', '/home/me/bin/prlimit']
    const files = viewOf({ files: {}, writable: [], runnable })
    expect(findTool('bwrap', files)).toBe('/usr/bin/bwrap')
    expect(findTool('prlimit', files)).toBeUndefined()
  })

  it.each([
    ['bubblewrap 0.8.0\n', '0.8.0'],
    ['bubblewrap 0.11.0', '0.11.0'],
    ['something else', '0'],
  ])('includes the version of bubblewrap: %s', (text, version) => {
    expect(parseBubblewrapVersion(text)).toBe(version)
  })

  it('includes the users that its user namespace has', () => {
    const everybody = '         0          0 4294967295\n'
    const oneUser = '         0       1000          1\n'
    const rootless = '         0       1000          1\n         1     100000      65536\n'
    expect(isMapped(everybody, 58_000)).toBe(true)
    expect(isMapped(oneUser, 58_000)).toBe(false)
    expect(isMapped(rootless, 58_000)).toBe(true)
    expect(isMapped(rootless, 70_000)).toBe(false)
    expect(isMapped(undefined, 58_000)).toBe(true)
  })
})
