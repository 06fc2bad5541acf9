import { existsSync } from 'node:fs'

import { describe, expect, it } from 'vitest'

import { findDeno } from '../programs.ts'
import { findLibraries, parseInterpreter, parseLibraryList } from './libraries.ts'

const debian = `\tlinux-vdso.so.1 (0x00007fc7df2ac000)
\tlibdl.so.2 => /lib/x86_64-linux-gnu/libdl.so.2 (0x00007fc7df296000)
\tlibgcc_s.so.1 => /lib/x86_64-linux-gnu/libgcc_s.so.1 (0x00007fc7df276000)
\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007fc7d913e000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007fc7df2ae000)
`
const fedora = `\tlinux-vdso.so.1 (0x00007ffc0b9f2000)
\tlibgcc_s.so.1 => /lib64/libgcc_s.so.1 (0x00007f1f3c9a2000)
\tlibc.so.6 => /lib64/libc.so.6 (0x00007f1f33600000)
\t/lib64/ld-linux-x86-64.so.2 (0x00007f1f3ca0e000)
`

describe('the libraries of a program', () => {
  it('are where Debian has them', () => {
    expect(parseLibraryList(debian)).toEqual([
      '/lib/x86_64-linux-gnu/libdl.so.2',
      '/lib/x86_64-linux-gnu/libgcc_s.so.1',
      '/lib/x86_64-linux-gnu/libc.so.6',
      '/lib64/ld-linux-x86-64.so.2',
    ])
  })

  it('are where Fedora has them', () => {
    expect(parseLibraryList(fedora)).toEqual([
      '/lib64/libgcc_s.so.1',
      '/lib64/libc.so.6',
      '/lib64/ld-linux-x86-64.so.2',
    ])
  })

  it('are named when they are missing', () => {
    const text = debian.replace(
      '/lib/x86_64-linux-gnu/libgcc_s.so.1 (0x00007fc7df276000)',
      'not found',
    )
    expect(() => parseLibraryList(text)).toThrow('libgcc_s.so.1')
  })

  it('are not looked for in what is no program', () => {
    expect(() => parseInterpreter(new TextEncoder().encode('#!/bin/sh\n'.padEnd(80)))).toThrow(
      'ELF',
    )
  })

  it.runIf(process.platform === 'linux')('are all there for the Deno of this machine', async () => {
    const libraries = await findLibraries(findDeno().path)
    expect(libraries.some((path) => path.includes('libc.so'))).toBe(true)
    expect(libraries.filter((path) => !existsSync(path))).toEqual([])
  })
})
