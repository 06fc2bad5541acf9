import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, statSync } from 'node:fs'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { brokerEntry } from '@manyhands/evaluator'
import { marshal } from '@manyhands/protocol'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'

import { rawDifferences } from './_line-differences.ts'
import { type LineConnection, type LineEvaluator, startLineEvaluator } from './_line-evaluator.ts'
import { readConversations, type Spoken, understand } from './_line-vectors.ts'
import { isRunning, sandboxesOf } from './_processes.ts'

type Fields = Readonly<Record<string, unknown>>

/** The program text that the real command sends at its start, in our words: what it asks is the same. */
const probe = `(async () => {
  const info = {}
  if (typeof initWebGPU === 'function') await initWebGPU()
  try {
    const adapter = await navigator.gpu.requestAdapter()
    info.webgpu = { enabled: true, info: { vendor: adapter.info.vendor } }
  } catch { info.webgpu = { enabled: false } }
  info.worktimes = globalThis.worktimes
  return info
})()`

function messageLine(value: unknown, label: 'v8' | 'v9' = 'v9'): string {
  return JSON.stringify({ type: 'workerMessage', message: marshal(value, { label }) })
}

/** Said before anything else: `assign` of a work function, with what most tests do not care about. */
function assignLines(workFunction: string, more: Fields = {}, label: 'v8' | 'v9' = 'v9'): string[] {
  const job = {
    id: 'job',
    arguments: [],
    dependencies: [],
    modulePath: [],
    requirePath: [],
    public: { name: 'job', description: '', link: '' },
    workFunction,
    useStrict: false,
    worktime: { name: 'map-basic', version: '1.0.0' },
    ...more,
  }
  return [
    messageLine({ request: 'describe' }, label),
    messageLine({ request: 'applyRequirements', worktime: 'map-basic' }, label),
    messageLine({ request: 'assign', job, sandboxConfig: {} }, label),
  ]
}

function said(connection: LineConnection): Spoken[] {
  return connection.lines.flatMap((line) => understand(line) ?? [])
}

function find(connection: LineConnection, request: string): Fields | undefined {
  return said(connection).find(({ value }) => value['request'] === request)?.value
}

function hasSaid(request: string) {
  return (lines: readonly string[]): boolean => lines.some((line) => line.includes(`"${request}"`))
}

/** Assigns the work function and runs it once. */
async function run(
  connection: LineConnection,
  workFunction: string,
  datum: unknown = 1,
): Promise<void> {
  for (const line of assignLines(workFunction)) connection.send(line)
  await connection.until(hasSaid('assigned'))
  connection.send(messageLine({ request: 'resetState' }))
  connection.send(messageLine({ request: 'main', data: datum }))
}

describe('the evaluator of the official worker', () => {
  let evaluator: LineEvaluator
  beforeAll(async () => {
    evaluator = await startLineEvaluator('--listen', '127.0.0.1:0')
  })
  afterAll(() => evaluator.close())

  it('answers the probe of the command in its dialect', async () => {
    const connection = await evaluator.open()
    const eval_ = { request: 'eval', data: probe, msgId: 'reportingCheck' }
    connection.send(messageLine(eval_, 'v8'))
    await connection.until(hasSaid('evalResult::reportingCheck'))
    connection.send('{"type":"die"}')
    await connection.closed
    const [official] = readConversations('probe-by-dcp-worker-3.3.19.json')
    const expected = official?.turns.flatMap(({ answers }) => answers)
    const answer = expected?.find(({ value }) => String(value['request']).startsWith('evalResult'))
    // The worktime of Python is the same in both dialects.
    const data = answer?.value['data'] as { worktimes: { name: string; versions: string[] }[] }
    for (const { name, versions } of data.worktimes) {
      if (name === 'pyodide') versions.splice(0, 1, '0.28.0')
    }
    expect(said(connection)).toEqual(expected)
  })

  it('refuses a worktime that it did not offer, in both dialects', async () => {
    const more = { worktime: { name: 'fortran', version: '1.0.0' } }
    const connection = await evaluator.open()
    for (const line of assignLines('', more)) connection.send(line)
    await connection.until(hasSaid('error'))
    expect(find(connection, 'error')).toMatchObject({
      error: { message: 'Unsupported worktime: fortran' },
    })
    connection.socket.destroy()
    const older = await evaluator.open()
    for (const line of assignLines('', more, 'v8')) older.send(line)
    await older.until(hasSaid('reject'))
    expect(find(older, 'reject')).toBeDefined()
    older.socket.destroy()
  })

  it.each(['raw-lines-node.json', 'raw-lines-native-host.json'])(
    'answers the raw lines of %s',
    async (file) => {
      const [conversation] = readConversations(file)
      const turns = conversation?.turns ?? []
      const connection = await evaluator.open()
      for (const { line } of turns) {
        const before = said(connection).length
        const answered = said(connection).filter(({ from }) => from !== 'result').length
        connection.send(line)
        // Each is acknowledged; a text that is evaluated is answered as well.
        await connection.until(() => said(connection).length > before)
        if (!line.includes('"eval"')) continue
        await connection.until(
          () => said(connection).filter(({ from }) => from !== 'result').length > answered,
        )
      }
      const official = turns.flatMap((turn) => turn.answers)
      // What the official evaluator said after its encoding was replaced cannot be compared.
      const replaced = official.findIndex(({ value }) => value['step'] === 'changeSerializer')
      const comparable = official.slice(0, replaced + 2)
      const met = new Set<string>()
      const expected = comparable.flatMap((one) => {
        let ours: Spoken | undefined = one
        for (const difference of rawDifferences) {
          if (ours === undefined) break
          const changed: Spoken | undefined = difference.ours(ours, { before: [], job: '' })
          if (changed !== ours) met.add(difference.reason)
          ours = changed
        }
        return ours ?? []
      })
      // The places of acknowledgements vary between the captures themselves.
      const answers = said(connection).slice(0, expected.length)
      expect(answers).toHaveLength(expected.length)
      expect(answers).toEqual(expect.arrayContaining(expected))
      expect([...met]).toHaveLength(rawDifferences.length)
      connection.socket.destroy()
    },
  )

  it('takes lines of many megabytes before it is loaded', async () => {
    const connection = await evaluator.open()
    const long = 'é'.repeat(6 << 20)
    for (const line of assignLines('(x, y) => { progress(); return x.length + y }', {
      arguments: ['!'],
    })) {
      connection.send(line)
    }
    await connection.until(hasSaid('assigned'))
    connection.send(messageLine({ request: 'main', data: long }))
    await connection.until(hasSaid('complete'))
    expect(find(connection, 'complete')).toEqual({ request: 'complete', result: `${6 << 20}!` })
    connection.socket.destroy()
  })

  it('kills at once when the worker hangs up, whatever runs', async () => {
    const connection = await evaluator.open()
    await run(connection, '() => { progress(); for (;;); }')
    await connection.until(hasSaid('progress'))
    expect(sandboxesOf(evaluator.pid).length).toBeGreaterThan(0)
    connection.socket.destroy()
    await vi.waitFor(() => expect(sandboxesOf(evaluator.pid)).toEqual([]), { timeout: 2_000 })
  })

  it('measures processor time itself', async () => {
    const connection = await evaluator.open()
    await run(
      connection,
      `async () => {
        progress()
        const until = Date.now() + 120
        while (Date.now() < until);
        await new Promise((resolve) => setTimeout(resolve, 200))
      }`,
    )
    await connection.until(hasSaid('complete'))
    const line = connection.lines.find((one) => one.includes('"measurement"')) ?? ''
    const [, total, CPU] = /"total":([\d.]+).*"CPU":([\d.]+)/.exec(line) ?? []
    expect(Number(total)).toBeGreaterThan(Number(CPU) + 100)
    expect(Number(CPU)).toBeGreaterThan(5)
    connection.socket.destroy()
  })

  it('has nothing fetched when a slice has ended', async () => {
    const connection = await evaluator.open()
    const late = `for (let i = 0; i < 50; i += 1) await WebAssembly.compile(nothing)
      fetch('http://a.example/').catch(() => undefined)
      module.provide(['no/thing'], () => undefined)`
    await run(
      connection,
      `() => {
        progress()
        const nothing = new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])
        void (async () => { ${late} })()
      }`,
    )
    await connection.until(hasSaid('dependency'))
    expect(hasSaid('complete')(connection.lines)).toBe(true)
    expect(hasSaid('fetchRequest')(connection.lines)).toBe(false)
    connection.socket.destroy()
  })

  it('ends a sandbox that goes on computing when its slice has ended', async () => {
    const connection = await evaluator.open()
    const endless = 'void (async () => { for (;;) await WebAssembly.compile(nothing) })()'
    const nothing = 'new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])'
    await run(connection, `() => { progress(); const nothing = ${nothing}; ${endless}; return 1 }`)
    await connection.until(hasSaid('complete'))
    await connection.closed
  })

  it('tells the owner of the job when its work uses up the memory', async () => {
    const small = await startLineEvaluator('--listen', '127.0.0.1:0', '--memory', '256')
    const connection = await small.open()
    await run(
      connection,
      '() => { progress(); const all = []; for (;;) all.push(new Uint8Array(1 << 24).fill(1)) }',
    )
    await connection.closed
    await small.close()
    expect(find(connection, 'workError')).toMatchObject({ error: { code: 'EMEMORY' } })
  })

  it('reports what nobody caught before a job as an error, and ends after it', async () => {
    const connection = await evaluator.open()
    const floating = 'void Promise.reject(new RangeError("floating"))'
    connection.send(messageLine({ request: 'eval', data: floating, msgId: 'a' }))
    await connection.until(hasSaid('error'))
    expect(find(connection, 'error')).toMatchObject({
      error: { name: 'RangeError', message: 'floating' },
    })
    await run(
      connection,
      '() => { setTimeout(() => { throw new Error("late") }, 1); return new Promise(() => {}) }',
    )
    await connection.closed
    expect(find(connection, 'workError')).toMatchObject({ error: { message: 'late' } })
    expect(said(connection).at(-1)?.from).toBe('die')
  })

  it('loads modules that the worker sends, and says so when it has none', async () => {
    const connection = await evaluator.open()
    for (const line of assignLines('() => { progress(); return require("p/a") }', {
      dependencies: ['p/a'],
    })) {
      connection.send(line)
    }
    await connection.until(hasSaid('dependency'))
    const asked = connection.lines.find((line) => line.includes('"dependency"')) ?? ''
    const id = Number(/"id":(\d+)/.exec(asked)?.[1])
    connection.send(
      messageLine({ request: 'moduleGroupError', id, stack: 'Error: not found\n  at x' }),
    )
    await connection.until(hasSaid('error'))
    expect(find(connection, 'error')).toMatchObject({ error: { message: 'not found' } })
    connection.socket.destroy()
  })
})

describe('where it listens', () => {
  let folder: string
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'manyhands-test-'))
  })
  afterAll(() => rm(folder, { recursive: true, force: true }))

  it('may be a socket of its user alone', async () => {
    const path = join(folder, 'lines.sock')
    const evaluator = await startLineEvaluator('--listen', path)
    expect(evaluator.listen).toBe(path)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    const connection = await evaluator.open()
    connection.send(messageLine({ request: 'describe' }))
    await connection.until(hasSaid('describe'))
    await evaluator.close()
    await connection.closed
    await vi.waitFor(() => expect(existsSync(path)).toBe(false))
  })

  it('is never another machine without a token', async () => {
    await expect(startLineEvaluator('--listen', '0.0.0.0:0')).rejects.toThrow(/token/)
  })

  it('asks for the token first where there is one', async () => {
    const file = join(folder, 'token')
    await writeFile(file, 'a secret of enough letters\n')
    const evaluator = await startLineEvaluator('--listen', '0.0.0.0:0', '--token-file', file)
    const wrong = await evaluator.open()
    wrong.send(messageLine({ request: 'describe' }))
    await wrong.closed
    expect(wrong.lines).toEqual([])
    expect(sandboxesOf(evaluator.pid)).toEqual([])
    const right = await evaluator.open()
    right.send('a secret of enough letters')
    right.send(messageLine({ request: 'describe' }))
    await right.until(hasSaid('describe'))
    expect(find(right, 'describe')).toBeDefined()
    await evaluator.close()
    expect(isRunning(evaluator.pid)).toBe(false)
  })

  it('may be its own standard streams', async () => {
    const flags = ['--conditions=@manyhands/source', '--import', import.meta.resolve('tsx')]
    const child = spawn(process.execPath, [...flags, fileURLToPath(brokerEntry), '--stdio'])
    let output = ''
    child.stdout.on('data', (text: Buffer) => (output += text.toString()))
    child.stdin.write(`${messageLine({ request: 'describe' })}\n{"type":"die"}\n`)
    const [status] = (await once(child, 'close')) as [number]
    expect(status).toBe(0)
    const lines = output.trim().split('\n')
    expect(lines[0]).toContain('__sandboxLoaded')
    expect(lines.at(-1)).toMatch(/^DIE: /)
    expect(await readFile(brokerEntry, 'utf8')).toContain('--stdio')
  })
})
