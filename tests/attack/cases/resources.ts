/** Time, memory and files without end. What is asked for is bounded, in case it is given. */
import { type Attack, attacksOf } from '../attack.ts'

const attack = attacksOf('resources')
const endless =
  '0,97,115,109,1,0,0,0,1,4,1,96,0,0,3,2,1,0,7,5,1,1,102,0,0,10,9,1,7,0,3,64,12,0,11,11'

const spins: readonly (readonly [string, string])[] = [
  ['a loop', 'for (;;);'],
  ['a loop that catches everything', 'for (;;) try { for (;;) JSON.parse("{") } catch {}'],
  [
    'a loop of WebAssembly',
    `new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array([${endless}]))).exports.f()`,
  ],
  ['backtracking of a regular expression', '/^(a+)+$/.test("a".repeat(60) + "b")'],
  ['a power of BigInt', 'let n = 3n; for (;;) n = (n * n) % (2n ** 200000n)'],
  ['microtasks', 'for (;;) await 0'],
  ['queueMicrotask', 'const f = () => queueMicrotask(f); f(); return new Promise(() => {})'],
  ['timers', 'const f = () => setTimeout(f, 0); f(); return new Promise(() => {})'],
  ['a promise that never settles', 'return new Promise(() => {})'],
  ['a thenable that loops', 'return { then() { for (;;); } }'],
  ['a getter of the result', 'return { get a() { for (;;); } }'],
  ['toString of an error', 'throw { toString() { for (;;); }, get message() { for (;;); } }'],
  ['stack of an error', 'Error.prepareStackTrace = () => { for (;;); }; return new Error().stack'],
  ['comparison of a sort', '[2, 1].sort(() => { for (;;); })'],
  ['a generator', 'for (const x of (function* () { for (;;) yield 1 })());'],
  ['deep JSON', 'for (;;) JSON.parse("[".repeat(100000) + "]".repeat(100000))'],
  ['sorting typed arrays', 'const a = new Float64Array(1 << 20); for (;;) a.fill(1).sort()'],
  ['a recursion that catches its overflow', 'const f = () => { try { f() } finally { f() } }; f()'],
  ['a broken Promise.prototype.then', 'Promise.prototype.then = () => {}; for (;;) await 0'],
  ['a text of holes', 'for (;;) try { String(new Array(1e9)) } catch {}'],
  [
    'cleaning up after itself',
    'new FinalizationRegistry(() => { for (;;); }).register({}, 1); return new Promise(() => {})',
  ],
]

/** Lets answers in, so that what is asked for does not pile up until the memory is full. */
const rest = 'await new Promise((resolve) => setTimeout(resolve, 10))'

const floods: readonly (readonly [string, string])[] = [
  ['console', 'for (;;) console.log("x".repeat(50_000))'],
  ['console, each time another line', 'for (let i = 0; ; i += 1) console.warn(i)'],
  ['events', 'for (let i = 0; ; i += 1) try { work.emit("e", i) } catch {}'],
  [
    'fetch',
    `for (;;) { for (let i = 0; i < 10; i += 1) fetch("http://127.0.0.1:1/").catch(() => {})
     ${rest} }`,
  ],
  [
    'modules',
    `for (let i = 0; ; i += 1) { module.provide(["no/" + i], () => {}, () => {}); if (i % 10 === 0) ${rest} }`,
  ],
]

/** A shader that never ends, on a graphics processor that computes in software. */
const hungShader = `
  const adapter = await navigator.gpu.requestAdapter()
  const device = await adapter.requestDevice()
  const code = '@group(0) @binding(0) var<storage, read_write> d: array<u32>;'
    + '@compute @workgroup_size(16) fn main(@builtin(global_invocation_id) g: vec3<u32>) {'
    + ' for (var i = 0u; i < 4000000000u; i++) { d[0] = d[0] + i; if (d[0] == 4294967295u) { break; } } }'
  const module = device.createShaderModule({ code })
  const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } })
  const buffer = device.createBuffer({ size: 256, usage: GPUBufferUsage.STORAGE })
  const layout = pipeline.getBindGroupLayout(0)
  const group = device.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer } }] })
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  pass.setPipeline(pipeline)
  pass.setBindGroup(0, group)
  pass.dispatchWorkgroups(64)
  pass.end()
  device.queue.submit([encoder.finish()])
  await device.queue.onSubmittedWorkDone()`

/** So many workgroups that no processor is ever done with them, of a shader that does nothing. */
const hugeDispatch = hungShader
  .replace(/for \(var i.*? \} \}/, 'd[0] = 1u;')
  .replace('dispatchWorkgroups(64)', 'dispatchWorkgroups(65535, 65535)')

const mebibytes = 700
const fills: readonly (readonly [string, string])[] = [
  ['objects', `const a = []; for (let i = 0; i < 8e6; i += 1) a.push({ i, j: [i] })`],
  ['a Map', `const a = new Map(); for (let i = 0; i < 9e6; i += 1) a.set(i, { i })`],
  [
    'strings',
    `const a = []; for (let i = 0; i < 25e5; i += 1) a.push("string number " + i + "x".repeat(i % 99))`,
  ],
  [
    'closures',
    `let f = () => 0; for (let i = 0; i < 9e6; i += 1) { const g = f; f = () => g() + i }`,
  ],
  [
    'array buffers',
    `const a = []; for (let i = 0; i < ${mebibytes}; i += 1) a.push(new Uint8Array(1 << 20).fill(1))`,
  ],
  [
    'resizable buffers',
    `const a = []; for (let i = 0; i < ${mebibytes / 10}; i += 1) { const b = new ArrayBuffer(0, { maxByteLength: 10 << 20 }); b.resize(10 << 20); a.push(new Uint8Array(b).fill(1)) }`,
  ],
  [
    'memory of WebAssembly',
    `const a = []; for (let i = 0; i < ${mebibytes / 10}; i += 1) a.push(new Uint8Array(new WebAssembly.Memory({ initial: 160 }).buffer).fill(1))`,
  ],
  [
    'growing memory of WebAssembly',
    `const m = new WebAssembly.Memory({ initial: 1 }); for (let i = 0; i < ${mebibytes}; i += 1) { m.grow(16); new Uint8Array(m.buffer, i << 20).fill(1) }`,
  ],
  [
    'copies by structuredClone',
    `const a = [], b = new Uint8Array(1 << 20).fill(1); for (let i = 0; i < ${mebibytes}; i += 1) a.push(structuredClone(b))`,
  ],
  ['one string', 'const a = new TextEncoder().encode("x".repeat(2 ** 29 - 24))'],
  ['JSON', 'const a = JSON.parse("[" + "[],".repeat(2e7) + "[]]")'],
  [
    'blobs',
    `const a = [], b = new Uint8Array(1 << 20).fill(1); for (let i = 0; i < ${mebibytes}; i += 1) a.push(new Blob([b]))`,
  ],
]

/** What goes on when the slice that began it has ended; a second slice tells whether it did. */
const leftBehind = `
  if (globalThis.rounds > 0) {
    const before = globalThis.rounds
    await new Promise((resolve) => setTimeout(resolve, 50))
    return globalThis.rounds > before ? "LEAK it computed on" : 0
  }
  globalThis.rounds = 1
  const nothing = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])
  const round = async () => {
    await WebAssembly.compile(nothing)
    for (let i = 0; i < 1e6; i += 1) globalThis.rounds += 1
  }
  void (async () => { for (;;) await round() })()`

/** The same with a graphics processor, which tells of every submission that it took. */
const leftOnGpu = `
  if (globalThis.rounds > 0) {
    const before = globalThis.rounds
    await new Promise((resolve) => setTimeout(resolve, 50))
    return globalThis.rounds > before ? "LEAK it computed on" : 0
  }
  globalThis.rounds = 1
  const adapter = await navigator.gpu.requestAdapter()
  const device = await adapter.requestDevice()
  const buffer = device.createBuffer({ size: 1 << 24, usage: GPUBufferUsage.COPY_DST })
  void (async () => {
    for (;;) {
      const encoder = device.createCommandEncoder()
      for (let i = 0; i < 20; i += 1) encoder.clearBuffer(buffer)
      device.queue.submit([encoder.finish()])
      await device.queue.onSubmittedWorkDone()
      globalThis.rounds += 1
    }
  })()`

/** Each is a thread with an engine of its own; what is above the limit of processes is told. */
const manyThreads = `
  const all = []
  let alive = 0
  return await new Promise((resolve, reject) => {
    for (let i = 0; i < 300; i += 1) {
      const worker = new Worker("data:text/javascript,onmessage=()=>postMessage(1)", { type: "module" })
      worker.onerror = (event) => { event.preventDefault(); reject(new Error(event.message)) }
      worker.onmessage = () => { alive += 1; progress(); if (alive > 100) resolve("LEAK threads: " + alive) }
      worker.postMessage(0)
      all.push(worker)
    }
  })`

export const resourceAttacks: readonly Attack[] = [
  ...spins.map(([name, code]) =>
    attack(`for ever: ${name}`, 'deadline', code, { expected: 'ENOPROGRESS' }),
  ),
  attack(
    'for ever, with progress',
    'deadline',
    'for (;;) { progress(); await new Promise((r) => setTimeout(r, 20)) }',
    {
      expected: 'ESLICETOOSLOW',
    },
  ),
  ...floods.map(([name, code]) =>
    attack(`a flood: ${name}`, 'deadline', code, { expected: 'ENOPROGRESS', orElse: 'EMEMORY' }),
  ),
  attack('a flood: progress', 'deadline', 'for (;;) progress()', { expected: 'ESLICETOOSLOW' }),
  attack('for ever: a shader', 'deadline', hungShader, { expected: 'ENOPROGRESS', gpu: true }),
  attack('work left behind by a slice', 'rest', leftBehind, {
    expected: 'ESANDBOX',
    outlives: true,
  }),
  attack('graphics work left behind by a slice', 'realm rest', leftOnGpu, {
    gpu: true,
    outlives: true,
  }),
  attack('for ever: workgroups', 'deadline', hugeDispatch, { expected: 'ENOPROGRESS', gpu: true }),
  ...fills.map(([name, code]) =>
    attack(`memory: ${name}`, 'limits', `${code}; return "LEAK filled"`, { expected: 'EMEMORY' }),
  ),
  attack('three hundred threads', 'realm limits', manyThreads, { maps: true }),
  attack(
    'open files',
    'realm permissions limits',
    'const a = []; for (let i = 0; i < 400; i += 1) a.push(Deno.openSync("/dev/null")); return "LEAK descriptors"',
  ),
  attack(
    'a big file',
    'realm permissions bubblewrap limits',
    'const f = Deno.openSync(canary.scratch, { write: true }); const b = new Uint8Array(1 << 20); let n = 0; try { for (let i = 0; i < 80; i += 1) n += f.writeSync(b) } finally { f.close() } return n > 64 << 20 ? "LEAK file" : 0',
    { assumed: ['seccomp'] },
  ),
]
