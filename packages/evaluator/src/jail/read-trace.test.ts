import { expect, it } from 'vitest'

import { readTrace } from './read-trace.ts'

const trace = `100 execve("/usr/bin/setpriv", ["setpriv"], 0x7ffe /* 0 vars */) = 0
100 unshare(CLONE_NEWUSER) = 0
101 mount("none", "/", NULL, MS_REC, NULL) = 0
101 execve("/deno", ["/deno", "run"], 0x55d /* 4 vars */) = 0
101 mmap(NULL, 8192, PROT_READ, MAP_PRIVATE, -1, 0) = 0x7f00
101 clone3({flags=CLONE_VM|CLONE_THREAD}, 88) = -1 ENOSYS (Function not implemented)
101 clone(child_stack=0x7f01, flags=CLONE_VM|CLONE_THREAD <unfinished ...>
100 read(5, "", 1) = 0
102 set_robust_list(0x7f02, 24) = 0
101 <... clone resumed>, parent_tid=[2 /* 102 in strace's PID NS */]) = 2 /* 102 in strace's PID NS */
102 mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, -1, 0) = 0x7f03
103 getdents64(3, 0x55, 32768) = 0
102 +++ exited with 0 +++`

it('counts what a sandbox and its threads call, and nothing of what is around it', () => {
  const counted = readTrace(trace.split('\n')).map(({ count, name }) => [name, count])
  expect(counted).toEqual([
    ['mmap', 2],
    ['execve', 1],
    ['clone3', 1],
    ['clone', 1],
  ])
})

it('keeps examples with their arguments', () => {
  const [mmap] = readTrace(trace.split('\n'))
  expect(mmap?.examples[1]).toContain('mmap(NULL, 4096')
})
