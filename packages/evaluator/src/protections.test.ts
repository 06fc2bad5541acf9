import { describe, expect, it } from 'vitest'

import type { Machine } from './machine.ts'
import { protectionsOf } from './protections.ts'

const machine: Machine = {
  platform: 'linux',
  arch: 'x64',
  root: true,
  setpriv: '/usr/bin/setpriv',
  prlimit: '/usr/bin/prlimit',
  bubblewrap: { path: '/usr/bin/bwrap', version: '0.8.0' },
  procfs: true,
}
const cgroup = {
  version: 2,
  memory: '/sys/fs/cgroup',
  pids: undefined,
  prepare: 'nothing',
} as const
const all = { machine, jailed: true, cgroup, without: new Set<never>() }

describe('the layers that hold a sandbox', () => {
  it('are all named where all hold', () => {
    expect(protectionsOf(all)).toContain('allow-list of system calls')
    expect(protectionsOf(all)).toContain('memory capped by cgroup v2')
    expect(protectionsOf(all)).toContain('user id of its own')
  })

  it('are few where the machine offers nothing', () => {
    const bare = { ...machine, root: false, setpriv: undefined, prlimit: undefined, procfs: false }
    expect(protectionsOf({ ...all, machine: bare, jailed: false, cgroup: undefined })).toEqual([
      'hardened realm',
      'every Deno permission denied',
      'no modules to import',
      'empty environment',
    ])
  })

  it('do not include one that a test left out, which is told', () => {
    const lines = protectionsOf({ ...all, without: new Set(['seccomp', 'limits'] as const) })
    expect(lines).not.toContain('allow-list of system calls')
    expect(lines).not.toContain('resource limits')
    expect(lines).toContain('left out for a test: seccomp')
  })
})
