/**
 * Native code has taken the process over: realm and permissions are gone, and system calls are made
 * by number. The filter must answer, not the kernel.
 */
import { type Attack, type WorkAttack, attacksOf } from '../attack.ts'

const attack = attacksOf('jail')
const arm = process.arch === 'arm64'

interface Call {
  readonly name: string
  readonly x64: number
  readonly arm64: number | undefined
  readonly given?: readonly (number | string)[]
}

/** The program makes one system call; `result` is -1 and `error` the reason where it fails. */
function calling({ arm64, given = [], x64 }: Call): string {
  const words = Array.from({ length: 6 }, (_, index) => `BigInt(${given[index] ?? 0})`)
  return `const { symbols } = Deno.dlopen("libc.so.6", {
      syscall: { parameters: Array(7).fill("i64"), result: "i64" },
      __errno_location: { parameters: [], result: "pointer" } });
    const text = (s) => Deno.UnsafePointer.value(Deno.UnsafePointer.of(globalThis.kept = new TextEncoder().encode(s + "\\0")));
    const result = Number(symbols.syscall(${arm ? (arm64 ?? -1) : x64}n, ${words.join(', ')}));
    const error = new Deno.UnsafePointerView(symbols.__errno_location()).getInt32();`
}

const native = { assumed: ['realm', 'permissions'] as const }

/** Calls that end the process. Their arguments make no sense, in case the kernel sees them. */
function deadly(call: Call): WorkAttack {
  return attack(
    `native: ${call.name}`,
    'seccomp',
    `${calling(call)} return "LEAK the kernel answered"`,
    native,
  )
}

/** Calls that answer what the filter says: any other answer is the kernel's. */
function refused(call: Call, errors: readonly number[]): WorkAttack {
  const says = `return result === -1 && [${errors.join()}].includes(error) ? 0 : "LEAK the kernel answered " + result + " " + error`
  return attack(`native: ${call.name}`, 'seccomp', `${calling(call)} ${says}`, native)
}

const eperm = 1
const eacces = 13
const erofs = 30
const enosys = 38

const deadlyCalls: readonly Call[] = [
  { name: 'ptrace', x64: 101, arm64: 117, given: [9999] },
  { name: 'process_vm_readv', x64: 310, arm64: 270, given: [0, 0, 0, 0, 0, 1] },
  { name: 'process_vm_writev', x64: 311, arm64: 271, given: [0, 0, 0, 0, 0, 1] },
  { name: 'pidfd_getfd', x64: 438, arm64: 438, given: [-1, 0, 1] },
  { name: 'unshare', x64: 272, arm64: 97, given: [0x4000_0000] },
  { name: 'setns', x64: 308, arm64: 268, given: [-1] },
  { name: 'chroot', x64: 161, arm64: 51 },
  { name: 'pivot_root', x64: 155, arm64: 41 },
  { name: 'mount', x64: 165, arm64: 40 },
  { name: 'umount2', x64: 166, arm64: 39 },
  { name: 'open_tree', x64: 428, arm64: 428, given: [-1] },
  { name: 'fsopen', x64: 430, arm64: 430 },
  { name: 'mknodat', x64: 259, arm64: 33, given: [-1] },
  { name: 'open_by_handle_at', x64: 304, arm64: 265, given: [-1] },
  { name: 'bpf', x64: 321, arm64: 280, given: [-1] },
  { name: 'perf_event_open', x64: 298, arm64: 241, given: [0, -2, -2, -2] },
  { name: 'userfaultfd', x64: 323, arm64: 282, given: [-1] },
  { name: 'io_uring_setup', x64: 425, arm64: 425 },
  { name: 'add_key', x64: 248, arm64: 217 },
  { name: 'keyctl', x64: 250, arm64: 219, given: [9999] },
  { name: 'init_module', x64: 175, arm64: 105 },
  { name: 'delete_module', x64: 176, arm64: 106 },
  { name: 'sethostname', x64: 170, arm64: 161, given: [0, -1] },
]

const refusedCalls: readonly (readonly [Call, readonly number[]])[] = [
  [{ name: 'socket of the internet', x64: 41, arm64: 198, given: [2, 1, 0] }, [eacces]],
  [{ name: 'socket of files', x64: 41, arm64: 198, given: [1, 1, 0] }, [eacces]],
  [{ name: 'socket of the kernel', x64: 41, arm64: 198, given: [16, 3, 0] }, [eacces]],
  [{ name: 'raw packets', x64: 41, arm64: 198, given: [17, 3, 0] }, [eacces]],
  [{ name: 'connect', x64: 42, arm64: 203, given: [-1] }, [enosys]],
  [{ name: 'bind', x64: 49, arm64: 200, given: [-1] }, [enosys]],
  [{ name: 'clone with a new user namespace', x64: 56, arm64: 220, given: [0x1000_0100] }, [eperm]],
  [{ name: 'clone3', x64: 435, arm64: 435, given: [0, -1] }, [enosys]],
  [{ name: 'kill', x64: 62, arm64: 129, given: [0x7fff_fff0, 0] }, [enosys, eperm]],
  [{ name: 'tkill', x64: 200, arm64: 130, given: [-1, 0] }, [enosys]],
  [{ name: 'memfd_create', x64: 319, arm64: 279 }, [enosys]],
  [{ name: 'execveat', x64: 322, arm64: 281, given: [-1] }, [enosys]],
  [{ name: 'mkdirat', x64: 258, arm64: 34, given: [-1] }, [erofs]],
  [{ name: 'unlinkat', x64: 263, arm64: 35, given: [-1] }, [erofs]],
  [{ name: 'symlinkat', x64: 266, arm64: 36, given: [0, -1] }, [enosys]],
  [
    { name: 'prctl to be traced by anybody', x64: 157, arm64: 167, given: [0x59_61_6d_61, -1] },
    [eperm],
  ],
  [{ name: 'ioctl to type into a terminal', x64: 16, arm64: 29, given: [-1, 0x5412] }, [25]],
  [{ name: 'setuid', x64: 105, arm64: 146, given: [-1] }, [enosys]],
  [{ name: 'setresuid', x64: 117, arm64: 147, given: [-1, -1, -1] }, [enosys]],
  [{ name: 'shmget', x64: 29, arm64: 194, given: [0, 0, 0] }, [enosys]],
  [{ name: 'pidfd_open', x64: 434, arm64: 434, given: [-1] }, [enosys]],
  [{ name: 'landlock_create_ruleset', x64: 444, arm64: 444, given: [0, 0, 1] }, [enosys]],
  [{ name: 'sched_setaffinity', x64: 203, arm64: 122, given: [-1] }, [enosys]],
  [
    {
      name: 'prlimit to raise a limit',
      x64: 302,
      arm64: 261,
      given: [-1, 7, 'text("01234567012345670123456701234567")'],
    },
    [eperm],
  ],
]

/** By files, as native code could open them. */
const walls: readonly Attack[] = [
  attack(
    'native: /etc/passwd',
    'bubblewrap',
    'return Deno.readTextFileSync("/etc/passwd").includes("root:") ? "LEAK users" : 0',
    native,
  ),
  attack(
    'native: the home of root',
    'bubblewrap',
    'return Deno.statSync("/root").isDirectory ? "LEAK home" : 0',
    native,
  ),
  attack(
    'native: a shell',
    'bubblewrap',
    'return Deno.statSync("/bin/sh").isFile ? "LEAK shell" : 0',
    native,
  ),
  attack(
    'native: devices',
    'bubblewrap seccomp',
    'return [...Deno.readDirSync("/dev")].length > 2 ? "LEAK devices" : 0',
    native,
  ),
  attack(
    'native: /sys',
    'bubblewrap seccomp',
    'return [...Deno.readDirSync("/sys")].length > 0 ? "LEAK sys" : 0',
    native,
  ),
  attack(
    'native: /proc/cpuinfo',
    'procfs',
    'return Deno.readTextFileSync("/proc/cpuinfo") ? "LEAK processor" : 0',
    native,
  ),
  attack(
    'native: write below the root',
    'seccomp',
    'try { Deno.openSync("/dev/null", { write: true }); return "LEAK opened for writing" } catch (e) { return e.message }',
    native,
  ),
  attack(
    'native: core_pattern of the kernel, which root would run',
    'user procfs seccomp',
    'Deno.openSync("/proc/sys/kernel/core_pattern", { write: true }); return "LEAK opened"',
    { ...native, root: true },
  ),
  attack(
    'native: the environment of what started the sandbox',
    'procfs environment',
    'return Deno.readTextFileSync("/proc/1/environ")',
    native,
  ),
]

export const jailAttacks: readonly Attack[] = [
  ...deadlyCalls.map(deadly),
  ...refusedCalls.map(([call, errors]) => refused(call, errors)),
  ...walls,
]
