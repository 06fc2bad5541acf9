import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import type { EvaluatorHost } from '@manyhands/sandbox/node'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { createTestHost } from './_jail.ts'
import { isRunning, sandboxesOf, statusOf } from './_processes.ts'
import { batchOf, createRecorder, runIn, workOf } from './_recorder.ts'

const linux = process.platform === 'linux'
const root = process.getuid?.() === 0

async function gone(pids: readonly number[]): Promise<void> {
  await vi.waitFor(() => expect(pids.filter(isRunning)).toEqual([]), { timeout: 5_000 })
}

describe('a work function in a sandbox', () => {
  let host: EvaluatorHost
  beforeAll(() => {
    host = createTestHost()
  })
  afterAll(() => host.close())

  async function evaluate(text: string, ...values: string[]) {
    const sandbox = await host.create()
    const told = await runIn(sandbox, workOf(text), ...(values.length === 0 ? ['1'] : values))
    await sandbox.kill()
    return told
  }

  async function valueOf(text: string): Promise<unknown> {
    const { end, recorder } = await evaluate(text)
    expect(end).toEqual({ kind: 'done' })
    expect([...recorder.errors.values()]).toEqual([])
    return recorder.values.get(1)
  }

  it('sees nothing of the runtime', async () => {
    const hidden = [
      'Deno process Buffer global close Worker SharedArrayBuffer WebSocket EventSource',
      'XMLHttpRequest caches localStorage sessionStorage indexedDB BroadcastChannel MessageChannel',
      'OffscreenCanvas prompt alert confirm GPU WorkerNavigator PerformanceObserver KVIN',
    ].flatMap((line) => line.split(' '))
    const text = `() => ${JSON.stringify(hidden)}.filter((name) => globalThis[name] !== undefined)`
    expect(await valueOf(text)).toEqual([])
  })

  it('sees what it may use', async () => {
    const shown = [
      'URL TextEncoder TextDecoder atob btoa crypto console self WebAssembly structuredClone Blob',
      'Headers Request Response queueMicrotask setTimeout clearTimeout setInterval clearInterval',
      'setImmediate progress work require navigator location performance fetch importScripts eval',
      'Function Proxy Reflect Atomics WeakRef FinalizationRegistry BigInt64Array Event EventTarget',
    ].flatMap((line) => line.split(' '))
    const text = `() => ${JSON.stringify(shown)}.filter((name) => globalThis[name] === undefined)`
    expect(await valueOf(text)).toEqual([])
  })

  it.each([
    'node:fs',
    'fs',
    'node:sqlite',
    'node:child_process',
    'node:worker_threads',
    'node:process',
    'NODE:fs',
    'node:%66s',
    'file:///etc/passwd',
    'https://example.org/x.js',
    'npm:left-pad',
    'jsr:@std/fs',
    'ext:core/mod.js',
  ])('cannot import %s', async (name) => {
    const text = `async () => { try { await import(${JSON.stringify(name)}); return 'imported' } catch { return 'refused' } }`
    expect(await valueOf(text)).toBe('refused')
  })

  it('has no network', async () => {
    const text = `async () => {
      try { await fetch('http://127.0.0.1:1/'); return 'fetched' } catch (error) { return error.code }
    }`
    expect(await valueOf(text)).toBe('EPERM_ORIGIN')
  })

  it('cannot order the harness about with events of its own', async () => {
    const text = `(x) => {
      dispatchEvent(new MessageEvent('message', { data: { kind: 'stop' } }))
      return x
    }`
    const { recorder } = await evaluate(text, '1', '2', '3')
    expect([...recorder.values.values()]).toEqual([1, 2, 3])
  })

  it('harms only itself by changing what is built in', async () => {
    const text = `(x) => {
      Object.prototype.toJSON = () => 'mine'
      Array.prototype.map = null
      Promise.prototype.then = function () { throw 1 }
      JSON.stringify = null
      return { a: [x] }
    }`
    const { recorder } = await evaluate(text, '1')
    expect(recorder.values.get(1)).toEqual({ a: [1] })
  })

  it('fails when it breaks what the harness needs', async () => {
    const text = '(x) => { if (x === 2) Array.prototype[Symbol.iterator] = null; return x }'
    const { end, recorder } = await evaluate(text, '1', '2', '3')
    expect(end).toEqual({ kind: 'done' })
    expect(recorder.errors.get(3)).toMatchObject({ code: 'EUNCAUGHT' })
  })

  it('fills random values in place', async () => {
    const text = `() => {
      const bytes = new Uint8Array(64)
      return crypto.getRandomValues(bytes) === bytes && bytes.some((byte) => byte !== 0)
    }`
    expect(await valueOf(text)).toBe(true)
  })

  it('compiles and instantiates WebAssembly', async () => {
    const bytes =
      '0,97,115,109,1,0,0,0,1,7,1,96,2,127,127,1,127,3,2,1,0,7,7,1,3,97,100,100,0,0,10,9,1,7,0,32,0,32,1,106,11'
    const text = `async () => {
      const module = await WebAssembly.compile(new Uint8Array([${bytes}]))
      return (await WebAssembly.instantiate(module)).exports.add(20, 22)
    }`
    expect(await valueOf(text)).toBe(42)
  })

  it('gets no shared memory and no fine clock', async () => {
    const text = `() => {
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 1, shared: true })
      const steps = Array.from({ length: 1000 }, () => performance.now() * 10)
      return [
        Object.prototype.toString.call(memory.buffer),
        steps.every((at) => Math.abs(at - Math.round(at)) < 1e-6),
        typeof Atomics.wait,
      ]
    }`
    expect(await valueOf(text)).toEqual(['[object ArrayBuffer]', true, 'undefined'])
  })

  it('is called with this as the global object, or null when strict', async () => {
    const text = 'function () { return this === null ? "null" : this === globalThis }'
    expect(await valueOf(text)).toBe(true)
    const sandbox = await host.create()
    const strict = workOf(text, { useStrict: true })
    const { recorder } = await runIn(sandbox, strict, '1')
    expect(recorder.values.get(1)).toBe('null')
    await sandbox.kill()
  })

  it('shows its own lines in the stack of an error, and no other', async () => {
    const text = `function outer(x) {
      function inner() {
        throw new RangeError('here')
      }
      inner()
    }`
    const { recorder } = await evaluate(text)
    const stack = recorder.errors.get(1)?.stack?.split('\n')
    expect(stack?.[0]).toBe('RangeError: here')
    expect(stack?.[1]).toContain('inner (workFunction:3:')
    expect(stack?.[2]).toContain('outer (workFunction:5:')
    expect(stack?.length).toBe(3)
  })

  it('is told where its text does not parse', async () => {
    const sandbox = await host.create()
    const error = await sandbox
      .assign(workOf('(x) => {\n  return x +\n}'))
      .catch((thrown) => thrown)
    expect(error).toMatchObject({ code: 'EUNCAUGHT', details: { name: 'SyntaxError' } })
    expect(error.message).toContain('workFunction:3:1')
    await sandbox.kill()
  })

  it('fails when a timer or a promise fails outside its own promise', async () => {
    const text = `(x) => {
      if (x === 1) setTimeout(() => { throw new Error('timer') }, 1)
      if (x === 2) Promise.reject(new Error('floating'))
      return x === 3 ? 'fine' : new Promise(() => {})
    }`
    const { end, recorder } = await evaluate(text, '1', '2', '3')
    expect(end).toEqual({ kind: 'done' })
    expect(recorder.errors.get(1)).toMatchObject({ code: 'EUNCAUGHT', message: 'timer' })
    expect(recorder.errors.get(2)).toMatchObject({ code: 'EUNCAUGHT', message: 'floating' })
    expect(recorder.values.get(3)).toBe('fine')
  })

  it('leaves no timer behind for the next slice', async () => {
    const text = `async (x) => {
      globalThis.fired ??= 0
      if (x === 1) { setTimeout(() => { globalThis.fired += 1 }, 1); return 0 }
      await new Promise((resolve) => setTimeout(resolve, 20))
      return globalThis.fired
    }`
    const { recorder } = await evaluate(text, '1', '2')
    expect(recorder.values.get(2)).toBe(0)
  })

  it('returns cycles, URLs and errors with their codes', async () => {
    const text = `() => {
      const cycle = { name: 'cycle' }
      cycle.self = cycle
      return [cycle, new URL('https://example.org/a'), Object.assign(new Error('e'), { code: 'EX' })]
    }`
    const [cycle, url, error] = (await valueOf(text)) as [{ self: unknown }, URL, Error]
    expect(cycle.self).toBe(cycle)
    expect(url.href).toBe('https://example.org/a')
    expect(error).toMatchObject({ message: 'e', code: 'EX' })
  })

  it('takes and returns values of many megabytes', async () => {
    const sandbox = await host.create()
    const long = JSON.stringify('x'.repeat(9 << 20))
    const work = workOf('(x, y) => { progress(); return x.length + y.length + y }', {
      arguments: [long],
    })
    const { recorder } = await runIn(sandbox, work, long, '"short"')
    expect(String(recorder.values.get(1)).length).toBe((9 << 20) + 8)
    expect(String(recorder.values.get(2)).length).toBe((9 << 20) + 7)
    await sandbox.kill()
  })

  it('fails the one slice whose input makes no sense', async () => {
    const { recorder } = await evaluate('(x) => x', '1', '{"nonsense":1}', '{"symbol":"s"}', '4')
    expect([...recorder.values]).toEqual([
      [1, 1],
      [4, 4],
    ])
    expect(recorder.errors.get(2)).toMatchObject({ code: 'EBADARG' })
    expect(recorder.errors.get(3)).toMatchObject({ code: 'EBADARG' })
  })

  it('is charged what it used, not what it waited', async () => {
    const text = `async (x) => {
      progress()
      if (x === 'wait') await new Promise((resolve) => setTimeout(resolve, 150))
      let state = 1
      for (let i = 0; x === 'work' && i < 2e8; i += 1) state = Math.imul(state, 1664525) + 1 | 0
      return state
    }`
    const waiting = await evaluate(text, '"wait"')
    const working = await evaluate(text, '"work"')
    const [waited = 0] = waiting.recorder.cpuMs
    const [worked = 0] = working.recorder.cpuMs
    expect(waited).toBeGreaterThan(0)
    expect(worked).toBeGreaterThan(waited * 2)
  })

  it('does not disturb the host with a flood of console lines or events', async () => {
    const text = `(x) => {
      for (let i = 0; i < 50_000; i += 1) console.log(i)
      try { for (let i = 0; i < 50_000; i += 1) work.emit('e', i) } catch (error) { return error.message }
    }`
    const { end, recorder } = await evaluate(text)
    expect(end).toEqual({ kind: 'done' })
    expect(recorder.lines.length).toBeLessThan(500)
    expect(recorder.lines.some(([, , text]) => String(text).includes('consolePerSecond'))).toBe(
      true,
    )
    expect(recorder.events.length).toBeLessThan(5_000)
    expect(recorder.values.get(1)).toContain('emitPerSecond')
  })
})

describe('a sandbox that has to end', () => {
  let host: EvaluatorHost
  beforeAll(() => {
    host = createTestHost({ limits: { heapMib: 64, memoryMib: 400, noProgressMs: 1_000 } })
  })
  afterAll(() => host.close())

  it.each([
    ['loops for ever', 'for (;;);', 'ENOPROGRESS'],
    ['matches for ever', '/^(a+)+$/.test("a".repeat(40) + "b")', 'ENOPROGRESS'],
    ['awaits itself for ever', 'return (async () => { for (;;) await 0 })()', 'ENOPROGRESS'],
    ['fills the heap', 'const a = []; for (;;) { a.push({ x }); progress() }', 'EMEMORY'],
    [
      'fills buffers',
      'const a = []; for (;;) { a.push(new Uint8Array(1 << 24).fill(1)); progress() }',
      'EMEMORY',
    ],
    [
      'fills WebAssembly memory',
      'const a = []; for (;;) { const m = new WebAssembly.Memory({ initial: 500 }); new Uint8Array(m.buffer).fill(1); a.push(m); progress() }',
      'EMEMORY',
    ],
  ])('because its work function %s loses that slice alone', async (_what, body, code) => {
    const sandbox = await host.create()
    const { end, recorder } = await runIn(
      sandbox,
      workOf(`(x) => { if (x < 4) return x; ${body} }`),
      '1',
      '2',
      '3',
      '4',
      '5',
    )
    expect(end).toMatchObject({ kind: 'died', slice: 4, error: { code } })
    expect([...recorder.values.values()]).toEqual([1, 2, 3])
  })

  it('because a slice takes too long, progress or not', async () => {
    const other = createTestHost({ limits: { sliceMs: 500 } })
    const sandbox = await other.create()
    const work = workOf(
      'async () => { for (;;) { progress(); await new Promise((r) => setTimeout(r, 20)) } }',
    )
    const { end } = await runIn(sandbox, work, '1')
    expect(end).toMatchObject({ kind: 'died', slice: 1, error: { code: 'ESLICETOOSLOW' } })
    await other.close()
  })
})

describe.runIf(linux)('the process of a sandbox', () => {
  it('has no privileges and tight limits', async () => {
    const host = createTestHost({ spares: 0 })
    const sandbox = await host.create()
    const pids = sandboxesOf(host.pid ?? 0)
    expect(pids.map((pid) => statusOf(pid, 'NoNewPrivs'))).toEqual(['1'])
    expect(pids.map((pid) => statusOf(pid, 'CapEff'))).toEqual(['0000000000000000'])
    const limits = readFileSync(`/proc/${pids[0]}/limits`, 'latin1')
    expect(limits).toMatch(/Max core file size\s+0\s+0/)
    expect(limits).toMatch(/Max open files\s+256\s+256/)
    await sandbox.kill()
    await gone(pids)
    await host.close()
  })

  it.runIf(root)('has a user of its own and nothing of our environment', async () => {
    const host = createTestHost({ spares: 0 })
    await host.create()
    await host.create()
    const pids = sandboxesOf(host.pid ?? 0)
    const users = pids.map((pid) => statusOf(pid, 'Uid').split('\t'))
    expect(users.flat().every((uid) => Number(uid) > 47_000)).toBe(true)
    expect(new Set(users.flat()).size).toBe(2)
    expect(pids.map((pid) => statusOf(pid, 'Groups'))).toEqual(['', ''])
    const names = pids.flatMap((pid) =>
      readFileSync(`/proc/${pid}/environ`, 'latin1')
        .split('\0')
        .map((line) => line.split('=')[0]),
    )
    const allowed = ['DENO_DIR', 'DENO_NO_UPDATE_CHECK', 'HOME', 'NO_COLOR', 'PWD', '']
    expect(names.filter((name) => !allowed.includes(name ?? ''))).toEqual([])
    await host.close()
  })

  it('ends with the evaluator, which the host replaces', async () => {
    const host = createTestHost()
    const sandbox = await host.create()
    await sandbox.assign(workOf('(x) => x < 3 ? x : (progress(), new Promise(() => {}))'))
    const recorder = createRecorder()
    const running = sandbox.run(batchOf('1', '2', '3', '4'), recorder)
    await recorder.heard(3)
    const evaluator = host.pid ?? 0
    const pids = sandboxesOf(evaluator)
    process.kill(evaluator, 'SIGKILL')
    expect(await running).toMatchObject({ kind: 'died', slice: 3, error: { code: 'ESANDBOX' } })
    expect([...recorder.values.keys()]).toEqual([1, 2])
    await gone([evaluator, ...pids])

    const next = await host.create()
    const again = await runIn(next, workOf('(x) => x + 1'), '1')
    expect(again.recorder.values.get(1)).toBe(2)
    expect(host.pid).not.toBe(evaluator)
    await host.close()
  })

  it('ends with the program that drives it, and leaves nothing in the file system', async () => {
    const program = fileURLToPath(new URL('_driver.ts', import.meta.url))
    const flags = ['--conditions=@manyhands/source', '--import', import.meta.resolve('tsx')]
    const child = spawn(process.execPath, [...flags, program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const [line] = (await once(child.stdout, 'data')) as [Buffer]
    const { evaluator, folder } = JSON.parse(line.toString()) as {
      evaluator: number
      folder: string
    }
    const pids = [evaluator, ...sandboxesOf(evaluator)]
    expect(pids.length).toBe(3)
    expect(existsSync(folder)).toBe(true)
    child.kill('SIGKILL')
    await once(child, 'close')
    await gone(pids)
    expect(existsSync(folder)).toBe(false)
  })
})
