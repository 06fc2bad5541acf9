/**
 * The one table of system calls that a sandbox may make: made from traces of our own tests (see
 * `trace-syscalls.ts`) and what the C library needs on other machines, with the number of each call on
 * both processors. Whatever is not here answers
 * ENOSYS, which every C library takes for an old kernel; what no program in a sandbox has any business
 * with ends the process.
 */

/** One argument of a call, compared with what it may be after `mask`. */
export interface ArgumentCheck {
  readonly argument: number
  /** 32: the kernel looks at the lower half alone. 64: the upper half must be zero. */
  readonly bits: 32 | 64
  readonly mask?: number
  readonly oneOf: readonly number[]
  /** Or one of these, after another mask. */
  readonly or?: { readonly mask: number; readonly oneOf: readonly number[] }
}

/** `allow`, `kill`, or allowed when every check holds and refused with `errno` otherwise. */
export type Rule =
  | 'allow'
  | 'kill'
  | { readonly when: readonly ArgumentCheck[]; readonly errno: number }

export interface Syscall {
  readonly name: string
  /** The number on x86-64 and on arm64; undefined where the processor has no such call. */
  readonly x64: number | undefined
  readonly arm64: number | undefined
  readonly rule: Rule
}

export const errno = { EPERM: 1, EACCES: 13, ENOTTY: 25, EROFS: 30, ENOSYS: 38 } as const

function call(
  name: string,
  x64: number | undefined,
  arm64: number | undefined,
  rule: Rule = 'allow',
): Syscall {
  return { name, x64, arm64, rule }
}

function only(
  argument: number,
  oneOf: readonly number[],
  error: number = errno.EPERM,
  more: { readonly bits?: 32 | 64; readonly mask?: number } = {},
): Rule {
  const { bits = 32, mask } = more
  const check = { argument, bits, oneOf, ...(mask === undefined ? {} : { mask }) }
  return { when: [check], errno: error }
}

const thread = 0x1_0000 | 0x100 | 0x800
/** New namespaces, new processes, tracing, and death signals for somebody else. */
const neverCloned =
  0x2_0000 |
  0x200_0000 |
  0x400_0000 |
  0x800_0000 |
  0x1000_0000 |
  0x2000_0000 |
  0x4000_0000 |
  0x2000 |
  0x4000

/** Access modes and flags by which an open file could be written, made or emptied. */
const writes = 0o3 | 0o100 | 0o1000 | 0o20_000_000

const setName = 15
const setVma = 0x53_56_4d_41
const prctlOptions = [setName, setVma]

const fcntlCommands = { dupfd: 0, getfd: 1, setfd: 2, getfl: 3, setfl: 4, dupfdCloexec: 1030 }
const ioctlRequests = { tcgets: 0x5401, tiocgwinsz: 0x5413, fionbio: 0x5421, fioclex: 0x5451 }
const archSetFs = 0x1002
const unixFamily = 1

/** In the order in which the filter looks for them: the frequent ones first. */
const allowed: readonly Syscall[] = [
  call('futex', 202, 98),
  call('epoll_wait', 232, undefined),
  call('epoll_pwait', 281, 22),
  call('read', 0, 63),
  call('write', 1, 64),
  call('clock_gettime', 228, 113),
  call('madvise', 28, 233),
  call('mprotect', 10, 226),
  call('mmap', 9, 222),
  call('munmap', 11, 215),
  call('mremap', 25, 216),
  call('brk', 12, 214),
  // For processors with protection keys, with which V8 guards its code.
  call('pkey_mprotect', 329, 288),
  call('pkey_alloc', 330, 289),
  call('pkey_free', 331, 290),
  call('membarrier', 324, 283),

  call('getpid', 39, 172),
  call('gettid', 186, 178),
  call('sched_yield', 24, 124),
  call('sched_getaffinity', 204, 123),
  call('sched_getscheduler', 145, 120),
  call('sched_getparam', 143, 121),
  call('set_robust_list', 273, 99),
  call('set_tid_address', 218, 96),
  call('rseq', 334, 293),
  call('exit', 60, 93),
  call('exit_group', 231, 94),
  // Its flags are in memory, where the filter cannot look: the C library falls back to the other one.
  call('clone3', 435, 435, only(0, [], errno.ENOSYS)),
  call('clone', 56, 220, only(0, [thread], errno.EPERM, { mask: thread | neverCloned })),
  call('arch_prctl', 158, undefined, only(0, [archSetFs])),
  call('prctl', 157, 167, only(0, prctlOptions)),

  call('rt_sigaction', 13, 134),
  call('rt_sigprocmask', 14, 135),
  call('rt_sigreturn', 15, 139),
  call('sigaltstack', 131, 132),
  call('restart_syscall', 219, 128),
  // Its own process is the only one it knows: how a program ends itself.
  call('tgkill', 234, 131),
  call('kill', 62, 129, only(0, [], errno.EPERM)),

  call('epoll_create1', 291, 20),
  call('epoll_ctl', 233, 21),
  call('eventfd2', 290, 19),
  call('pipe2', 293, 59),
  call('poll', 7, undefined),
  call('ppoll', 271, 73),
  // A pair within the process; a socket that could reach anything is never made.
  call('socketpair', 53, 199, only(0, [unixFamily])),
  call('socket', 41, 198, only(0, [], errno.EACCES)),
  call('recvfrom', 45, 207),
  // Without an address: an answer to whom the stream belongs anyway.
  call('sendto', 44, 206, only(4, [0], errno.EACCES, { bits: 64 })),
  call('writev', 20, 66),
  call('pread64', 17, 67),
  call('lseek', 8, 62),
  call('close', 3, 57),
  call('fcntl', 72, 25, only(1, Object.values(fcntlCommands))),
  call('ioctl', 16, 29, only(1, Object.values(ioctlRequests), errno.ENOTTY)),

  call('open', 2, undefined, only(1, [0], errno.EROFS, { mask: writes })),
  call('openat', 257, 56, only(2, [0], errno.EROFS, { mask: writes })),
  call('lstat', 6, undefined),
  call('fstat', 5, 80),
  call('newfstatat', 262, 79),
  call('statx', 332, 291),
  call('access', 21, undefined),
  call('faccessat', 269, 48),
  call('readlink', 89, undefined),
  call('readlinkat', 267, 78),
  call('getcwd', 79, 17),
  // bubblewrap needs it to start Deno, which is the only program in the jail.
  call('execve', 59, 221),

  call('clock_nanosleep', 230, 115),
  // Answered without the kernel where the machine has a clock that allows it, and called elsewhere.
  call('clock_getres', 229, 114),
  call('nanosleep', 35, 101),
  call('gettimeofday', 96, 169),
  call('time', 201, undefined),
  call('getrandom', 318, 278),
  call('uname', 63, 160),
  call('sysinfo', 99, 179),
  call('getrusage', 98, 165),
  call('getuid', 102, 174),
  call('geteuid', 107, 175),
  call('getgid', 104, 176),
  call('getegid', 108, 177),
  // Reading a limit, never setting one.
  call('prlimit64', 302, 261, only(2, [0], errno.EPERM, { bits: 64 })),
  // Not ENOSYS, at which a C library would try something else, or a program give up at once.
  call('mkdir', 83, undefined, only(0, [], errno.EROFS)),
  call('mkdirat', 258, 34, only(0, [], errno.EROFS)),
  call('unlink', 87, undefined, only(0, [], errno.EROFS)),
  call('unlinkat', 263, 35, only(0, [], errno.EROFS)),
  call('fork', 57, undefined, only(0, [], errno.EPERM)),
  call('vfork', 58, undefined, only(0, [], errno.EPERM)),
]

/** Ways into the kernel or into other processes: whoever tries one is no work function any more. */
const deadly: readonly Syscall[] = [
  call('ptrace', 101, 117, 'kill'),
  call('process_vm_readv', 310, 270, 'kill'),
  call('process_vm_writev', 311, 271, 'kill'),
  call('process_madvise', 440, 440, 'kill'),
  call('pidfd_getfd', 438, 438, 'kill'),
  call('unshare', 272, 97, 'kill'),
  call('setns', 308, 268, 'kill'),
  call('chroot', 161, 51, 'kill'),
  call('pivot_root', 155, 41, 'kill'),
  call('mount', 165, 40, 'kill'),
  call('umount2', 166, 39, 'kill'),
  call('open_tree', 428, 428, 'kill'),
  call('move_mount', 429, 429, 'kill'),
  call('fsopen', 430, 430, 'kill'),
  call('fsconfig', 431, 431, 'kill'),
  call('fsmount', 432, 432, 'kill'),
  call('fspick', 433, 433, 'kill'),
  call('mount_setattr', 442, 442, 'kill'),
  call('mknod', 133, undefined, 'kill'),
  call('mknodat', 259, 33, 'kill'),
  call('name_to_handle_at', 303, 264, 'kill'),
  call('open_by_handle_at', 304, 265, 'kill'),
  call('bpf', 321, 280, 'kill'),
  call('perf_event_open', 298, 241, 'kill'),
  call('userfaultfd', 323, 282, 'kill'),
  call('io_uring_setup', 425, 425, 'kill'),
  call('io_uring_enter', 426, 426, 'kill'),
  call('io_uring_register', 427, 427, 'kill'),
  call('add_key', 248, 217, 'kill'),
  call('request_key', 249, 218, 'kill'),
  call('keyctl', 250, 219, 'kill'),
  call('init_module', 175, 105, 'kill'),
  call('finit_module', 313, 273, 'kill'),
  call('delete_module', 176, 106, 'kill'),
  call('kexec_load', 246, 104, 'kill'),
  call('kexec_file_load', 320, 294, 'kill'),
  call('reboot', 169, 142, 'kill'),
  call('swapon', 167, 224, 'kill'),
  call('swapoff', 168, 225, 'kill'),
  call('acct', 163, 89, 'kill'),
  call('quotactl', 179, 60, 'kill'),
  call('iopl', 172, undefined, 'kill'),
  call('ioperm', 173, undefined, 'kill'),
  call('modify_ldt', 154, undefined, 'kill'),
  call('sethostname', 170, 161, 'kill'),
  call('setdomainname', 171, 162, 'kill'),
  call('settimeofday', 164, 170, 'kill'),
  call('clock_settime', 227, 112, 'kill'),
]

export const syscalls: readonly Syscall[] = [...allowed, ...deadly]

/** Types of requests to the rendering devices of Linux, and to those of NVIDIA. */
const gpuRequests = { mask: 0xff_00, oneOf: [0x64_00, 0x46_00] }
/** Device files are opened to be written; beside them there is nothing that can be. */
const creates = writes & ~0o3

/** What drivers of graphics processors call besides, and what they call in other ways. */
const forGpu: readonly Syscall[] = [
  call('ioctl', 16, 29, {
    when: [{ argument: 1, bits: 32, oneOf: Object.values(ioctlRequests), or: gpuRequests }],
    errno: errno.ENOTTY,
  }),
  call('open', 2, undefined, only(1, [0], errno.EROFS, { mask: creates })),
  call('openat', 257, 56, only(2, [0], errno.EROFS, { mask: creates })),
  call('memfd_create', 319, 279),
  call('ftruncate', 77, 46),
  call('getdents64', 217, 61),
  call('sched_setaffinity', 203, 122),
]

/** The table where a graphics processor is granted. */
export const syscallsWithGpu: readonly Syscall[] = [
  ...syscalls.map((one) => forGpu.find(({ name }) => name === one.name) ?? one),
  ...forGpu.filter(({ name }) => !syscalls.some((one) => one.name === name)),
]
