/** Other processes, and native code. */
import { type Attack, attacksOf } from '../attack.ts'

const attack = attacksOf('process')
const start = 'realm permissions bubblewrap seccomp'
const signal = 'realm permissions bubblewrap user seccomp'

export const processAttacks: readonly Attack[] = [
  attack(
    'start a shell by Deno.Command',
    start,
    'new Deno.Command("/bin/sh", { args: ["-c", `: > ${canary.folder}/a`] }).outputSync()',
  ),
  attack(
    'start a shell by node:child_process',
    'realm imports permissions bubblewrap seccomp',
    '(await import("node:child_process")).execFileSync("/bin/sh", ["-c", `: > ${canary.folder}/a`])',
  ),
  attack(
    'start Deno again',
    'realm permissions seccomp',
    'return new Deno.Command(Deno.execPath(), { args: ["--version"] }).outputSync().success ? "LEAK started" : 0',
  ),
  attack(
    'end a process by Deno.kill',
    signal,
    'Deno.kill(canary.victim, "SIGKILL"); await new Promise((r) => setTimeout(r, 150))',
    { root: true },
  ),
  attack(
    'end a process by process.kill',
    signal,
    'process.kill(canary.victim, "SIGKILL"); await new Promise((r) => setTimeout(r, 150))',
    { root: true },
  ),
  attack(
    'open a library by Deno.dlopen',
    'realm permissions',
    'return Deno.dlopen("libc.so.6", { getpid: { parameters: [], result: "i32" } }).symbols.getpid() > 0 ? "LEAK native call" : 0',
  ),
  attack(
    'read memory by Deno.UnsafePointer',
    'realm permissions',
    'const p = Deno.UnsafePointer.of(new Uint8Array([7])); return new Deno.UnsafePointerView(p).getUint8() === 7 ? "LEAK memory" : 0',
  ),
  attack(
    'call a function by Deno.UnsafeCallback',
    'realm permissions',
    'return new Deno.UnsafeCallback({ parameters: [], result: "void" }, () => {}).pointer ? "LEAK pointer" : 0',
  ),
  attack('the inner parts of Deno', 'realm', 'return Deno[Deno.internal].core ? "LEAK core" : 0'),
  attack(
    'bindings of process',
    'realm',
    'return process.binding("constants") ? "LEAK bindings" : 0',
  ),
  attack(
    'flags of V8',
    'imports',
    'const { setFlagsFromString } = await import("node:v8"); setFlagsFromString("--expose-gc"); return "LEAK flags"',
  ),
  attack(
    'write to the stream of the supervisor',
    'realm',
    'Deno.stdout.writeSync(new Uint8Array(0)); return "LEAK written"',
  ),
  attack(
    'read from the stream of the supervisor',
    'realm',
    'return typeof Deno.stdin.readSync === "function" ? "LEAK stream" : 0',
  ),
  attack(
    'mask of new files',
    'realm permissions seccomp',
    'return Deno.umask() >= 0 ? "LEAK mask" : 0',
  ),
  attack(
    'priority by node:os',
    'imports permissions seccomp',
    '(await import("node:os")).setPriority(0, 19); return "LEAK priority"',
  ),
  attack('end the process', 'realm', 'return typeof Deno.exit === "function" ? "LEAK exit" : 0'),
  ...['cluster', 'vm', 'repl', 'module'].map((name) =>
    attack(
      `import node:${name}`,
      'realm imports',
      `await import("node:${name}"); return "LEAK imported"`,
    ),
  ),
  ...['worker_threads', 'inspector', 'async_hooks', 'wasi'].map((name) =>
    attack(
      `import node:${name}`,
      'imports',
      `await import("node:${name}"); return "LEAK imported"`,
    ),
  ),
]
