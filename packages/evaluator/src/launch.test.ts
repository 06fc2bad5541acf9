import { describe, expect, it } from 'vitest'

import { buildLaunch } from './launch.ts'
import { parseSandboxLimits } from './limits.ts'
import { type Machine, protectionsOf } from './machine.ts'

const request = { deno: '/d', guest: '/g.js', uid: 47_123, limits: parseSandboxLimits({}) }
const linux: Machine = {
  platform: 'linux',
  root: false,
  setpriv: '/usr/bin/setpriv',
  prlimit: '/usr/bin/prlimit',
  procfs: true,
}
const bare: Machine = { ...linux, setpriv: undefined, prlimit: undefined, procfs: false }

function lineOf(machine: Machine): string {
  const { args, file } = buildLaunch(machine, request)
  return [file, ...args].join(' ')
}

describe('the launch of a sandbox', () => {
  it('denies Deno everything', () => {
    const line = lineOf(bare)
    expect(line.startsWith('/d run ')).toBe(true)
    expect(line.endsWith(' /g.js')).toBe(true)
    for (const name of ['read', 'write', 'net', 'env', 'sys', 'run', 'ffi', 'import']) {
      expect(line).toContain(`--deny-${name} `)
    }
    for (const name of ['prompt', 'remote', 'npm', 'config', 'lock', 'code-cache']) {
      expect(line).toContain(`--no-${name} `)
    }
    expect(line).toContain('--v8-flags=--max-old-space-size=1024 ')
    expect(line).not.toContain('--allow')
  })

  it('passes nothing of the environment on', () => {
    expect(Object.keys(buildLaunch(linux, request).env).toSorted()).toEqual([
      'DENO_DIR',
      'DENO_NO_UPDATE_CHECK',
      'HOME',
      'NO_COLOR',
    ])
  })

  it('drops to a user of its own when it starts as root', () => {
    const line = lineOf({ ...linux, root: true })
    expect(line.startsWith('/usr/bin/setpriv --reuid=47123 --regid=47123 --clear-groups ')).toBe(
      true,
    )
    expect(line).toContain('--no-new-privs --pdeathsig KILL -- /usr/bin/prlimit ')
    expect(line).toContain('--nproc=64 ')
  })

  it('keeps the user otherwise, whose processes it must not count', () => {
    const line = lineOf(linux)
    expect(line.startsWith('/usr/bin/setpriv --no-new-privs --pdeathsig KILL -- ')).toBe(true)
    expect(line).not.toContain('--reuid')
    expect(line).not.toContain('--nproc')
    expect(line).toContain('--core=0 ')
  })

  it('says what it cannot do', () => {
    expect(protectionsOf({ ...linux, root: true })).toContain('user id of its own')
    expect(protectionsOf(linux)).not.toContain('user id of its own')
    expect(protectionsOf(linux)).toContain('dies with its broker')
    expect(protectionsOf(bare)).toEqual([
      'hardened realm',
      'every Deno permission denied',
      'empty environment',
    ])
  })
})

describe('the limits of a sandbox', () => {
  it('stay in their ranges whatever is asked', () => {
    const asked = { heapMib: 1, memoryMib: 1e12, openFiles: '7', processes: Number.NaN, other: 1 }
    expect(parseSandboxLimits(asked)).toEqual({
      heapMib: 16,
      memoryMib: 262_144,
      openFiles: 256,
      processes: 64,
      fileMib: 64,
      niceness: 10,
    })
    expect(parseSandboxLimits(undefined)).toEqual(parseSandboxLimits({}))
  })
})
