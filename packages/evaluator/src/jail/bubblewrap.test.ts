import { describe, expect, it } from 'vitest'

import { buildJail, isAtLeast, type JailRequest } from './bubblewrap.ts'

const request: JailRequest = {
  bubblewrap: { path: '/usr/bin/bwrap', version: '0.8.0' },
  libraries: ['/lib64/libc.so.6'],
  deno: '/opt/deno',
  guest: '/opt/guest.js',
  environment: { HOME: '/nonexistent' },
  without: new Set(),
}

function lineOf(more: Partial<JailRequest> = {}): string {
  return buildJail({ ...request, ...more }).join(' ')
}

describe('the jail', () => {
  it('divides everything that the kernel can divide', () => {
    for (const name of ['user', 'pid', 'net', 'ipc', 'uts', 'cgroup-try']) {
      expect(lineOf()).toContain(`--unshare-${name} `)
    }
    expect(lineOf()).toContain('--disable-userns ')
    expect(lineOf()).toContain('--cap-drop ALL ')
    expect(lineOf()).toContain('--die-with-parent ')
  })

  it('shows the files that Deno needs, all of them for reading', () => {
    expect(lineOf()).toContain('--ro-bind /lib64/libc.so.6 /lib64/libc.so.6 ')
    expect(lineOf()).toContain('--ro-bind /opt/deno /deno ')
    expect(lineOf()).toContain('--ro-bind /opt/guest.js /guest.js ')
    expect(lineOf()).toContain('--remount-ro / ')
    expect(lineOf()).not.toMatch(/--(bind|tmpfs|proc|dev) /)
  })

  it('has a process file system that only tells where Deno is', () => {
    expect(lineOf()).toContain('--dir /proc/self --symlink /deno /proc/self/exe ')
  })

  it('has an environment of its own', () => {
    expect(lineOf()).toContain('--clearenv --setenv HOME /nonexistent ')
  })

  it('does without what an older bubblewrap does not know', () => {
    const bubblewrap = { path: '/usr/bin/bwrap', version: '0.6.1' }
    expect(lineOf({ bubblewrap })).not.toContain('--disable-userns')
    expect(lineOf({ bubblewrap })).toContain('--unshare-user ')
  })
})

it.each([
  ['0.8.0', '0.8.0', true],
  ['0.10.0', '0.8.0', true],
  ['1', '0.8.0', true],
  ['0.8', '0.8.0', true],
  ['0.7.9', '0.8.0', false],
  ['0', '0.5.0', false],
])('version %s is at least %s: %s', (version, least, expected) => {
  expect(isAtLeast(version, least)).toBe(expected)
})
