/** Second threads, shared memory and fine clocks, from which speculation could be watched. */
import { type Attack, attacksOf } from '../attack.ts'

const attack = attacksOf('threads')

const sharedModule = '0,97,115,109,1,0,0,0,5,4,1,3,1,1,7,10,1,6,109,101,109,111,114,121,2,0'

/** Smallest step of a clock, in milliseconds. */
function step(read: string): string {
  return `let least = Infinity, last = ${read}; const until = Date.now() + 30;
    while (Date.now() < until) { const at = ${read}; if (at > last) least = Math.min(least, at - last); last = at }
    return least < 0.05 ? "LEAK step " + least : 0`
}

const absent = [
  'Deno',
  'process',
  'Buffer',
  'BroadcastChannel',
  'MessageChannel',
  'caches',
  'close',
  'OffscreenCanvas',
  'PerformanceObserver',
  'ImageData',
]

export const threadAttacks: readonly Attack[] = [
  attack(
    'SharedArrayBuffer',
    'realm',
    'return new SharedArrayBuffer(8) ? "LEAK shared memory" : 0',
  ),
  attack(
    'shared memory of WebAssembly',
    'realm',
    'const m = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true }); return String(m.buffer).includes("Shared") ? "LEAK shared memory" : 0',
  ),
  attack(
    'shared memory that a module declares, with a thread',
    'realm',
    `const m = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([${sharedModule}]))).exports.memory; new Worker("data:text/javascript,", { type: "module" }).postMessage(m.buffer); return "LEAK thread with shared memory"`,
  ),
  attack('Atomics.wait', 'realm', 'return typeof Atomics.wait === "function" ? "LEAK clock" : 0'),
  attack(
    'Atomics.waitAsync',
    'realm',
    'return typeof Atomics.waitAsync === "function" ? "LEAK clock" : 0',
  ),
  attack(
    'a worker from data:',
    'realm',
    'new Worker("data:text/javascript,", { type: "module" }); return "LEAK thread"',
  ),
  attack(
    'a worker from blob:',
    'realm',
    'new Worker(URL.createObjectURL(new Blob([""])), { type: "module" }); return "LEAK thread"',
  ),
  attack('performance.now', 'realm', step('performance.now()')),
  attack('performance.mark', 'realm', step('performance.mark("a").startTime')),
  attack('performance.measure', 'realm', step('performance.measure("a").duration')),
  attack(
    'the clock of a graphics processor',
    'realm',
    'const a = await navigator.gpu.requestAdapter(); return a.features.has("timestamp-query") ? "LEAK clock" : 0',
    { gpu: true },
  ),
  attack('process.hrtime', 'realm', step('Number(process.hrtime.bigint()) / 1e6')),
  attack(
    'Temporal.Now',
    'realm',
    'for (let i = 0; i < 100; i += 1) if (Temporal.Now.instant().epochNanoseconds % 1000000n !== 0n) return "LEAK nanoseconds"',
  ),
  attack(
    'Temporal.Now as a local time',
    'realm',
    'for (let i = 0; i < 100; i += 1) if (Temporal.Now.plainTimeISO().microsecond !== 0) return "LEAK microseconds"',
  ),
  attack('node:perf_hooks', 'imports', 'await import("node:perf_hooks"); return "LEAK imported"'),
  ...absent.map((name) =>
    attack(
      `the name ${name}`,
      'realm',
      `return typeof globalThis.${name} !== "undefined" ? "LEAK name" : 0`,
    ),
  ),
]
