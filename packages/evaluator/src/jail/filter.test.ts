import { existsSync, readFileSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { type Call, interpret } from './_interpreter.ts'
import {
  auditArchitectures,
  compileFilter,
  encodeFilter,
  type Processor,
  verdicts,
} from './filter.ts'
import { errno, syscalls, syscallsWithGpu } from './syscalls.ts'

const processors: readonly Processor[] = ['x64', 'arm64']
const programs = { x64: compileFilter('x64'), arm64: compileFilter('arm64') }

function numberOf(name: string, processor: Processor): number {
  const number = syscalls.find((one) => one.name === name)?.[processor]
  if (number === undefined) throw new Error(`${name} has no number on ${processor}`)
  return number
}

function verdictOf(name: string, processor: Processor, ...given: bigint[]): number {
  const call: Call = {
    number: numberOf(name, processor),
    processor: auditArchitectures[processor],
    arguments: given,
  }
  return interpret(programs[processor], call)
}

const refused = (code: number): number => verdicts.error | code

describe.each(processors)('the filter for %s', (processor) => {
  it('says of every call in the table what the table says', () => {
    for (const { name, rule, [processor]: number } of syscalls) {
      if (number === undefined || typeof rule !== 'string') continue
      expect([name, verdictOf(name, processor)]).toEqual([name, verdicts[rule]])
    }
  })

  it('answers ENOSYS to every other number', () => {
    const known = new Set(syscalls.map((one) => one[processor]))
    for (let number = 0; number < 600; number += 1) {
      if (known.has(number)) continue
      const call = { number, processor: auditArchitectures[processor] }
      expect(interpret(programs[processor], call)).toBe(refused(errno.ENOSYS))
    }
  })

  it('ends a process that speaks as another processor', () => {
    const others = [0x4000_0003, 0x4000_0028, 0, 0xffff_ffff]
    const read = numberOf('read', processor)
    for (const other of others) {
      const call = { number: read, processor: other }
      expect(interpret(programs[processor], call)).toBe(verdicts.kill)
    }
  })

  it('ends a process that uses the numbers of the x32 ABI', () => {
    const number = 0x4000_0000 + numberOf('read', processor)
    const call = { number, processor: auditArchitectures[processor] }
    expect(interpret(programs[processor], call)).toBe(verdicts.kill)
  })

  it('lets threads be made, and nothing else', () => {
    // What glibc passes for a thread, with flags that only say where to write its number.
    const thread = 0x3d_0f00n
    expect(verdictOf('clone', processor, thread)).toBe(verdicts.allow)
    const sigchld = 17n
    expect(verdictOf('clone', processor, sigchld)).toBe(refused(errno.EPERM))
    const vfork = 0x4000n
    expect(verdictOf('clone', processor, thread | vfork)).toBe(refused(errno.EPERM))
    for (const space of [0x2_0000n, 0x200_0000n, 0x400_0000n, 0x800_0000n]) {
      expect(verdictOf('clone', processor, thread | space)).toBe(refused(errno.EPERM))
    }
    for (const space of [0x1000_0000n, 0x2000_0000n, 0x4000_0000n]) {
      expect(verdictOf('clone', processor, thread | space)).toBe(refused(errno.EPERM))
    }
  })

  it('opens files for reading alone', () => {
    const closeOnExec = 0o2_000_000n
    expect(verdictOf('openat', processor, 0n, 0n, closeOnExec)).toBe(verdicts.allow)
    for (const flag of [0o1n, 0o2n, 0o100n, 0o1000n, 0o20_000_000n]) {
      expect(verdictOf('openat', processor, 0n, 0n, closeOnExec | flag)).toBe(refused(errno.EROFS))
    }
  })

  it('makes no socket, and sends to no address', () => {
    for (const family of [0n, 1n, 2n, 10n, 16n, 17n, 40n]) {
      expect(verdictOf('socket', processor, family, 1n)).toBe(refused(errno.EACCES))
    }
    expect(verdictOf('socketpair', processor, 1n)).toBe(verdicts.allow)
    expect(verdictOf('socketpair', processor, 2n)).toBe(refused(errno.EPERM))
    expect(verdictOf('sendto', processor, 3n, 0n, 1n, 0n, 0n)).toBe(verdicts.allow)
    expect(verdictOf('sendto', processor, 3n, 0n, 1n, 0n, 0x1000n)).toBe(refused(errno.EACCES))
    const upperHalf = 1n << 32n
    expect(verdictOf('sendto', processor, 3n, 0n, 1n, 0n, upperHalf)).toBe(refused(errno.EACCES))
  })

  it('reads limits and sets none', () => {
    expect(verdictOf('prlimit64', processor, 0n, 7n, 0n, 0x7000n)).toBe(verdicts.allow)
    const pointer = 0x7fff_0000_0000n
    expect(verdictOf('prlimit64', processor, 0n, 7n, pointer)).toBe(refused(errno.EPERM))
  })

  it('names threads and memory, and changes nothing else of a process', () => {
    expect(verdictOf('prctl', processor, 15n)).toBe(verdicts.allow)
    expect(verdictOf('prctl', processor, 0x5356_4d41n)).toBe(verdicts.allow)
    const dumpable = 4n
    const secureComputing = 22n
    for (const option of [1n, dumpable, secureComputing, 35n, 38n]) {
      expect(verdictOf('prctl', processor, option)).toBe(refused(errno.EPERM))
    }
  })

  it('has no way to push characters into a terminal', () => {
    expect(verdictOf('ioctl', processor, 0n, 0x5401n)).toBe(verdicts.allow)
    const pushCharacter = 0x5412n
    const copyPaste = 0x541cn
    expect(verdictOf('ioctl', processor, 0n, pushCharacter)).toBe(refused(errno.ENOTTY))
    expect(verdictOf('ioctl', processor, 0n, copyPaste)).toBe(refused(errno.ENOTTY))
    // The kernel reads the lower half alone, so the upper one may not hide anything.
    const hidden = (1n << 32n) | pushCharacter
    expect(verdictOf('ioctl', processor, 0n, hidden)).toBe(refused(errno.ENOTTY))
  })

  it('opens and orders devices only where a graphics processor is granted', () => {
    const program = compileFilter(processor, syscallsWithGpu)
    const ask = (name: string, ...given: bigint[]): number =>
      interpret(program, {
        number: numberOf(name, processor),
        processor: auditArchitectures[processor],
        arguments: given,
      })
    const [readWrite, create] = [0o2n, 0o102n]
    expect(ask('openat', 0n, 0n, readWrite)).toBe(verdicts.allow)
    expect(ask('openat', 0n, 0n, create)).toBe(refused(errno.EROFS))
    const [terminal, pushCharacter, drmVersion, nvidia] = [
      0x5401n,
      0x5412n,
      0xc040_6400n,
      0xc020_462an,
    ]
    for (const request of [terminal, drmVersion, nvidia]) {
      expect(ask('ioctl', 0n, request)).toBe(verdicts.allow)
    }
    expect(ask('ioctl', 0n, pushCharacter)).toBe(refused(errno.ENOTTY))
    expect(verdictOf('ioctl', processor, 0n, drmVersion)).toBe(refused(errno.ENOTTY))
    expect(ask('ptrace')).toBe(verdicts.kill)
  })

  it.each([
    'ptrace',
    'bpf',
    'mount',
    'unshare',
    'setns',
    'io_uring_setup',
    'userfaultfd',
    'keyctl',
    'perf_event_open',
    'process_vm_readv',
  ])('ends a process that calls %s', (name) => {
    expect(verdictOf(name, processor)).toBe(verdicts.kill)
  })

  it('is as many bytes as the kernel reads', () => {
    const bytes = encodeFilter(programs[processor])
    expect(bytes.byteLength).toBe(8 * programs[processor].length)
    // The first instruction loads the processor: code 0x20 at offset 4.
    expect([...bytes.subarray(0, 8)]).toEqual([0x20, 0, 0, 0, 4, 0, 0, 0])
    expect(programs[processor].length).toBeLessThan(4096)
  })
})

describe('the table of system calls', () => {
  it('names each call once, with one number on each processor', () => {
    expect(new Set(syscalls.map(({ name }) => name)).size).toBe(syscalls.length)
    for (const processor of processors) {
      const numbers = syscalls.flatMap((one) => one[processor] ?? [])
      expect(new Set(numbers).size).toBe(numbers.length)
    }
  })

  const headers = {
    x64: '/usr/include/x86_64-linux-gnu/asm/unistd_64.h',
    arm64: '/usr/include/asm-generic/unistd.h',
  }
  it.each(processors.filter((one) => existsSync(headers[one])))(
    'has the numbers of the kernel headers for %s',
    (processor) => {
      const text = readFileSync(headers[processor], 'utf8')
      const numbers = new Map(
        [...text.matchAll(/^#define __NR(?:3264)?_(\w+)\s+(\d+)$/gm)].map(
          ([, name = '', number]) => [name === 'fstatat' ? 'newfstatat' : name, Number(number)],
        ),
      )
      for (const { name, [processor]: number } of syscalls) {
        if (number === undefined) continue
        expect([name, number]).toEqual([name, numbers.get(name)])
      }
    },
  )
})
