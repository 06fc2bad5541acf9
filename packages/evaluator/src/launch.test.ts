import { describe, expect, it } from 'vitest'

import { buildLaunch } from './launch.ts'
import { parseSandboxLimits } from './limits.ts'
import type { Machine } from './machine.ts'
import type { Layer } from './weaken.ts'

const request = { deno: '/d', guest: '/g.js', uid: 47_123, limits: parseSandboxLimits({}) }
const bubblewrap = { path: '/usr/bin/bwrap', version: '0.8.0' }
const jail = { bubblewrap, libraries: ['/lib/libc.so.6', '/lib64/ld.so'] }
const linux: Machine = {
  platform: 'linux',
  arch: 'x64',
  root: false,
  setpriv: '/usr/bin/setpriv',
  prlimit: '/usr/bin/prlimit',
  bubblewrap,
  procfs: true,
}
const bare: Machine = { ...linux, setpriv: undefined, prlimit: undefined, procfs: false }

function lineOf(machine: Machine, more: object = {}): string {
  const { args, file } = buildLaunch(machine, { ...request, ...more })
  return [file, ...args].join(' ')
}

function without(...layers: Layer[]): object {
  return { jail, without: new Set(layers) }
}

describe('the launch of a sandbox', () => {
  it('denies Deno everything', () => {
    const line = lineOf(bare)
    expect(line.startsWith('/d run ')).toBe(true)
    expect(line.endsWith(' /g.js frames')).toBe(true)
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
    expect(Object.keys(buildLaunch(linux, request).env ?? {}).toSorted()).toEqual([
      'DENO_DIR',
      'DENO_NO_UPDATE_CHECK',
      'HOME',
      'NO_COLOR',
    ])
    expect(buildLaunch(linux, { ...request, jail }).env).toEqual({})
  })

  it('drops to a user of its own when it starts as root', () => {
    const line = lineOf({ ...linux, root: true })
    expect(line.startsWith('/usr/bin/setpriv --reuid=47123 --regid=47123 --clear-groups ')).toBe(
      true,
    )
    expect(line).toContain('--no-new-privs --pdeathsig KILL -- /usr/bin/prlimit ')
    expect(line).toContain('--nproc=64 ')
  })

  it('is never root, even where no program drops to another user', () => {
    expect(buildLaunch({ ...bare, root: true }, request).uid).toBe(47_123)
    expect(buildLaunch({ ...linux, root: true }, request).uid).toBeUndefined()
    expect(buildLaunch(bare, request).uid).toBeUndefined()
  })

  it('keeps the user otherwise, whose processes it must not count', () => {
    const line = lineOf(linux)
    expect(line.startsWith('/usr/bin/setpriv --no-new-privs --pdeathsig KILL -- ')).toBe(true)
    expect(line).not.toContain('--reuid')
    expect(line).not.toContain('--nproc')
    expect(line).toContain('--core=0 ')
  })

  it('enters its groups before it gives up its rights', () => {
    const line = lineOf(
      { ...linux, root: true },
      { doors: ['/cg/m/cgroup.procs', '/cg/p/cgroup.procs'] },
    )
    expect(line).toMatch(
      /^\/bin\/sh -c .* sh 2 \/cg\/m\/cgroup.procs \/cg\/p\/cgroup.procs \/usr\/bin\/setpriv /,
    )
  })

  it('puts the jail after the user and the limits, and before Deno', () => {
    const line = lineOf({ ...linux, root: true }, { jail })
    expect(line).toMatch(
      /setpriv .* \/usr\/bin\/prlimit .* \/usr\/bin\/bwrap .* -- \/deno run .* \/guest\.js frames$/,
    )
    const { filtered, nested } = buildLaunch(linux, { ...request, jail })
    expect([filtered, nested]).toEqual([true, true])
    expect(buildLaunch(linux, request)).toMatchObject({ filtered: false, nested: false })
  })

  it('shows a graphics processor only where it is granted', () => {
    const gpu = {
      files: ['/lib/libc.so.6', '/usr/lib/libdriver.so', '/usr/share/vulkan/icd.d/d.json'],
      loader: { from: '/usr/lib/chromium/libvulkan.so.1', to: '/lib/libvulkan.so.1' },
      links: [['../../devices/card', '/sys/dev/char/226:128']] as const,
      devices: ['/dev/dri/renderD128'],
      groups: [105],
      manifests: ['/usr/share/vulkan/icd.d/d.json'],
      software: false,
    }
    const machine = { ...linux, root: true }
    const granted = lineOf(machine, { jail, gpu })
    expect(granted).toContain(' --dev-bind /dev/dri/renderD128 /dev/dri/renderD128 ')
    expect(granted).toContain(' --ro-bind /usr/lib/libdriver.so /usr/lib/libdriver.so ')
    expect(granted).toContain(' --ro-bind /usr/lib/chromium/libvulkan.so.1 /lib/libvulkan.so.1 ')
    expect(granted.match(/--ro-bind \/lib\/libc.so.6 /g)?.length).toBe(1)
    expect(granted).toContain(' --symlink ../../devices/card /sys/dev/char/226:128 ')
    expect(granted).toContain(' --setenv VK_DRIVER_FILES /usr/share/vulkan/icd.d/d.json ')
    expect(granted).toContain(' --groups=105 ')
    expect(granted.endsWith(' frames --gpu')).toBe(true)
    expect(lineOf(machine, { jail })).not.toMatch(/gpu|vulkan|VK_|dri|--groups/)
  })

  it('runs the probe in the jail of the sandboxes, allowed everything', () => {
    const line = lineOf(linux, { jail, probe: 'data:text/javascript,1' })
    expect(line).toMatch(/bwrap .* --allow-all .* data:text\/javascript,1$/)
    expect(line).not.toContain('/guest.js')
  })
})

describe('a launch with a layer left out', () => {
  it.each<[Layer, RegExp]>([
    ['permissions', /--deny-/],
    ['imports', /--import-map=|--no-remote/],
    ['environment', /--clearenv/],
    ['limits', /prlimit|--max-old-space-size/],
    ['network', /--unshare-net/],
    ['procfs', /--dir \/proc\/self/],
    ['seccomp', /--seccomp/],
    ['bubblewrap', /--unshare-|--ro-bind/],
  ])('lacks %s alone', (layer, mark) => {
    expect(lineOf(linux, { jail })).toMatch(mark)
    expect(lineOf(linux, without(layer))).not.toMatch(mark)
  })

  it('stays root without a user', () => {
    const line = lineOf({ ...linux, root: true }, without('user'))
    expect(line).not.toContain('--reuid')
  })

  it('keeps the filter without the namespaces, and needs no bubblewrap without both', () => {
    expect(lineOf(linux, without('bubblewrap'))).toMatch(
      /bwrap --dev-bind \/ \/ .*--seccomp 3 -- \/d run /,
    )
    expect(lineOf(linux, without('bubblewrap', 'seccomp'))).not.toContain('bwrap')
  })

  it('passes the environment of the broker on only without that layer', () => {
    expect(buildLaunch(linux, { ...request, ...without('environment') }).env).toBeUndefined()
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
