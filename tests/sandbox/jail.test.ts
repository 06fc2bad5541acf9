import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs'

import { createEvaluatorHost, type EvaluatorHost } from '@manyhands/sandbox/node'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'

import { buildUnhardenedGuest } from '../../packages/evaluator/build.js'
import { errno, syscalls } from '../../packages/evaluator/src/jail/syscalls.ts'

import { createTestHost, jailed } from './_jail.ts'
import { descendantsOf, isRunning, sandboxesOf, statusOf } from './_processes.ts'
import { batchOf, createRecorder, runIn, workOf } from './_recorder.ts'

/** Fails when they are not gone within a second. */
async function goneSoon(pids: readonly number[]): Promise<void> {
  await vi.waitFor(() => expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]), {
    timeout: 1_000,
    interval: 10,
  })
}

function groupsOf(pid: number): readonly string[] {
  const lines = readFileSync(`/proc/${pid}/cgroup`, 'latin1').split('\n')
  return lines.filter((line) => line.includes('/manyhands-'))
}

describe.runIf(jailed)('a sandbox in the jail', () => {
  let host: EvaluatorHost
  beforeEach(() => {
    host = createTestHost({ spares: 0 })
  })
  afterEach(() => host.close())

  it('is alone in namespaces of its own, behind a filter', async () => {
    await host.create()
    const [pid = 0, ...others] = sandboxesOf(host.pid ?? 0)
    expect(others).toEqual([])
    expect(statusOf(pid, 'NSpid').split('\t').at(-1)).toBe('1')
    expect(statusOf(pid, 'Seccomp')).toBe('2')
    expect(statusOf(pid, 'CapBnd')).toBe('0000000000000000')
    for (const name of ['user', 'pid', 'net', 'ipc', 'uts', 'mnt']) {
      const its = readlinkSync(`/proc/${pid}/ns/${name}`)
      expect(its).not.toBe(readlinkSync(`/proc/self/ns/${name}`))
    }
  })

  it('has no descriptor of the evaluator but its streams', async () => {
    await host.create()
    const [pid = 0] = sandboxesOf(host.pid ?? 0)
    const open = readdirSync(`/proc/${pid}/fd`).map((name) =>
      readlinkSync(`/proc/${pid}/fd/${name}`),
    )
    const files = open.filter((target) => !/^(socket|pipe|anon_inode):/.test(target))
    expect(
      files.filter((target) => !['/dev/urandom', '/dev/null', '/deno'].includes(target)),
    ).toEqual([])
    const evaluator = readdirSync(`/proc/${host.pid}/fd`).map((name) =>
      readlinkSync(`/proc/${host.pid}/fd/${name}`),
    )
    // Both ends of its own pairs, its stream and its diagnostic pipe are in nobody else's hands.
    const shared = open.filter(
      (target) => target.startsWith('socket') && evaluator.includes(target),
    )
    expect(shared).toEqual([])
  })

  it('has files whose descriptions its evaluator can read: they tell graphics time', async () => {
    await host.create()
    const [pid = 0] = sandboxesOf(host.pid ?? 0)
    const folder = `/proc/${pid}/fdinfo`
    const descriptions = readdirSync(folder).map((name) =>
      readFileSync(`${folder}/${name}`, 'utf8'),
    )
    expect(descriptions.some((text) => text.includes('flags:'))).toBe(true)
  })

  it('is in groups that cap its memory and its processes, where there are any', async () => {
    const { protections = [] } = await host.describe()
    const capped = protections.some((line) => line.startsWith('memory capped'))
    const sandbox = await host.create()
    const [pid = 0] = sandboxesOf(host.pid ?? 0)
    expect(groupsOf(pid).length > 0).toBe(capped)
    await sandbox.kill()
  })

  it('is gone within a second of being killed, while it spins, with nobody left unreaped', async () => {
    const sandbox = await host.create()
    await sandbox.assign(workOf('() => { progress(); for (;;); }'))
    const recorder = createRecorder()
    const running = sandbox.run(batchOf('1'), recorder)
    await recorder.heard(1)
    const pids = descendantsOf(host.pid ?? 0)
    expect(pids.length).toBe(2)
    await sandbox.kill()
    expect(await running).toMatchObject({ kind: 'died' })
    await goneSoon(pids)
  })

  it('is gone when bubblewrap is killed', async () => {
    const sandbox = await host.create()
    const pids = descendantsOf(host.pid ?? 0)
    const [inner] = sandboxesOf(host.pid ?? 0)
    const outer = pids.find((pid) => pid !== inner) ?? 0
    process.kill(outer, 'SIGKILL')
    await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]))
    await expect(runIn(sandbox, workOf('(x) => x'), '1')).rejects.toMatchObject({
      code: 'ESANDBOX',
    })
  })

  it('dies with its evaluator whatever it was doing, also while it starts', async () => {
    const other = createTestHost({ spares: 3 })
    const starting = [other.create(), other.create(), other.create()]
    await Promise.race(starting)
    const evaluator = other.pid ?? 0
    const pids = descendantsOf(evaluator)
    process.kill(evaluator, 'SIGKILL')
    await Promise.allSettled(starting)
    await other.close()
    await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]))
  })
})

describe.runIf(jailed)('native code in the jail', () => {
  let host: EvaluatorHost
  beforeAll(async () => {
    await buildUnhardenedGuest()
    vi.stubEnv('MANYHANDS_WEAKEN', 'for-tests')
    host = createTestHost({ spares: 0, jail: 'auto', without: ['realm', 'permissions'] })
  })
  afterAll(async () => {
    await host.close()
    vi.unstubAllEnvs()
  })

  /** Makes system calls as if the engine had been broken out of: by number, with any arguments. */
  async function call(name: string, ...given: number[]) {
    const processor = process.arch === 'arm64' ? 'arm64' : 'x64'
    const number = syscalls.find((one) => one.name === name)?.[processor]
    const parameters = JSON.stringify(Array.from({ length: 7 }, () => 'i64'))
    const values = [number, ...given, 0, 0, 0, 0, 0, 0].slice(0, 7).map((value) => `${value}n`)
    const text = `() => {
      const libc = Deno.dlopen('libc.so.6', {
        syscall: { parameters: ${parameters}, result: 'i64' },
        __errno_location: { parameters: [], result: 'pointer' },
      })
      const answer = libc.symbols.syscall(${values.join(', ')})
      const code = new Deno.UnsafePointerView(libc.symbols.__errno_location()).getInt32()
      return answer < 0n ? -code : Number(answer)
    }`
    const sandbox = await host.create()
    const told = await runIn(sandbox, workOf(text), '1')
    await sandbox.kill()
    return told
  }

  it.each([
    ['getpid', [], 1],
    ['socket', [1, 1, 0], -errno.EACCES],
    ['socket', [2, 1, 0], -errno.EACCES],
    ['clone', [17], -errno.EPERM],
    ['kill', [1, 9], -errno.EPERM],
    ['prctl', [4, 1], -errno.EPERM],
  ])('is answered when it calls %s %j', async (name, given, answer) => {
    const { recorder } = await call(name, ...given)
    expect(recorder.values.get(1)).toBe(answer)
  })

  it.each(['ptrace', 'unshare', 'mount', 'bpf', 'io_uring_setup', 'keyctl'])(
    'is ended when it calls %s',
    async (name) => {
      const { end } = await call(name)
      expect(end).toMatchObject({ kind: 'died', slice: 1, error: { code: 'ESANDBOX' } })
      expect((end as { error: Error }).error.message).toContain('no sandbox may make')
    },
  )
})

describe('leaving layers out', () => {
  afterEach(() => vi.unstubAllEnvs())

  it('is refused without the word of a test', async () => {
    const host = createEvaluatorHost({ without: ['permissions'] })
    await expect(host.describe()).rejects.toMatchObject({ code: 'ESANDBOX' })
    await expect(host.describe()).rejects.toThrow('in tests alone')
    await host.close()
  })

  it('is told, and is no jail any more', async () => {
    vi.stubEnv('MANYHANDS_WEAKEN', 'for-tests')
    const host = createEvaluatorHost({ without: ['permissions', 'seccomp'], spares: 0 })
    const { jail, protections = [] } = await host.describe()
    expect(jail).toBe('none')
    expect(protections).toContain('left out for a test: seccomp')
    expect(protections).not.toContain('every Deno permission denied')
    await host.close()
  })

  it.runIf(jailed)('makes a difference that can be seen', async () => {
    vi.stubEnv('MANYHANDS_WEAKEN', 'for-tests')
    const host = createEvaluatorHost({ without: ['seccomp', 'network'], spares: 0 })
    await host.create()
    const [pid = 0] = sandboxesOf(host.pid ?? 0)
    expect(statusOf(pid, 'Seccomp')).toBe('0')
    expect(readlinkSync(`/proc/${pid}/ns/net`)).toBe(readlinkSync('/proc/self/ns/net'))
    expect(readlinkSync(`/proc/${pid}/ns/pid`)).not.toBe(readlinkSync('/proc/self/ns/pid'))
    await host.close()
  })
})

describe('a jail that is required', () => {
  it.runIf(!jailed)('is refused with what is missing', async () => {
    const host = createEvaluatorHost({ jail: 'required' })
    await expect(host.describe()).rejects.toMatchObject({ code: 'ENOJAIL' })
    await host.close()
  })

  it.runIf(jailed)('is refused at an evaluator that was started without', async () => {
    const none = createEvaluatorHost({ jail: 'none', spares: 0 })
    const { jail, missing = [] } = await none.describe()
    expect(jail).toBe('none')
    expect(missing.join()).toContain('--jail none')
    const words = readFileSync(`/proc/${none.pid}/cmdline`, 'latin1').split('\0')
    const folder = words[words.indexOf('--folder') + 1] ?? ''
    const picky = createEvaluatorHost({ jail: 'required', socketPath: `${folder}/control.sock` })
    await expect(picky.describe()).rejects.toMatchObject({ code: 'ENOJAIL' })
    await picky.close()
    await none.close()
  })
})
