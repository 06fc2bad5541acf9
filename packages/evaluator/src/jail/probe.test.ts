import { describe, expect, it } from 'vitest'

import { findFaults, type Seen, type Watched } from './probe.ts'

const seen: Seen = {
  pid: 1,
  uid: 65_534,
  hostname: 'sandbox',
  variables: ['DENO_DIR', 'HOME', 'NO_COLOR', 'DENO_NO_UPDATE_CHECK', 'PWD'],
  visible: [],
  done: [],
}
const status = [
  'Name:\tdeno',
  'Uid:\t47001\t47001\t47001\t47001',
  'CapEff:\t0000000000000000',
  'NoNewPrivs:\t1',
  'Seccomp:\t2',
].join('\n')
const watched: Watched = { status, shared: [] }

describe('the proof of a jail', () => {
  it('finds no fault in one that holds', () => {
    expect(findFaults(seen, watched)).toEqual([])
  })

  it.each<[string, Partial<Seen>]>([
    ['process 7', { pid: 7 }],
    ['user 0', { uid: 0 }],
    ['name of this machine', { hostname: 'laptop' }],
    ['variables SECRET', { variables: ['HOME', 'SECRET'] }],
    ['sees /etc/passwd', { visible: ['/etc/passwd'] }],
    ['can connect to a server', { done: ['connect to a server'] }],
  ])('finds what the program in it should not have: %s', (fault, more) => {
    expect(findFaults({ ...seen, ...more }, watched).join()).toContain(fault)
  })

  it.each([
    ['no filter of system calls', 'Seccomp:\t2', 'Seccomp:\t0'],
    ['gain privileges', 'NoNewPrivs:\t1', 'NoNewPrivs:\t0'],
    ['has capabilities', 'CapEff:\t0000000000000000', 'CapEff:\t0000000000200000'],
    ['root outside', '47001\t47001', '0\t47001'],
  ])('finds what the kernel says of it: %s', (fault, before, after) => {
    const other = { ...watched, status: status.replace(before, after) }
    expect(findFaults(seen, other).join()).toContain(fault)
  })

  it('finds a namespace that is shared, and a process that is gone', () => {
    expect(findFaults(seen, { ...watched, shared: ['net'] }).join()).toContain('namespaces net')
    expect(findFaults(seen, { ...watched, status: '' })).not.toEqual([])
  })
})
