import { DcpError, joinColumn, prepareText, seededRandom, silentLogger } from '@manyhands/protocol'
import type { ColumnTask } from '@manyhands/protocol'
import type { GuestResponse } from '@manyhands/sandbox'
import { createPureCrypto } from '@manyhands/wallet'
import { describe, expect, it } from 'vitest'

import { createManualClock, settled } from '../_manual-clock.ts'
import { createScriptedHost } from '../_scripted-host.ts'
import type { Script } from '../_scripted-host.ts'
import { artifactsOf, createScriptedScheduler, jobNamed } from '../_scripted-scheduler.ts'
import type { ScriptedScheduler } from '../_scripted-scheduler.ts'
import type { WorkerOptions } from '../options.ts'
import { createWorker } from '../worker.ts'
import type { Worker } from '../worker.ts'

const job = jobNamed('job')

interface Scene {
  readonly worker: Worker
  readonly scheduler: ScriptedScheduler
  /** Bodies of the forms that were posted, by location. */
  readonly posted: Map<string, URLSearchParams>
  /** Lets the answers to posts arrive. */
  answerPosts: () => void
  readonly finish: (condition: () => boolean) => Promise<void>
}

/** `http://data.test/N` holds the number N. */
async function scene(script: Script, options: Partial<WorkerOptions> = {}): Promise<Scene> {
  const clock = createManualClock()
  const scheduler = createScriptedScheduler()
  const posted = new Map<string, URLSearchParams>()
  let waiting: (() => void)[] | undefined
  const worker = createWorker(
    { location: new URL('http://127.0.0.1:4280/'), sandboxes: 2, ...options },
    {
      connect: scheduler.connect,
      host: createScriptedHost(script),
      clock,
      random: seededRandom('worker'),
      logger: silentLogger,
      crypto: createPureCrypto(),
      fetchText: async (location) => `/* ${location.pathname} */ x => x`,
      brokerFetch:
        (policy, purpose = 'workerFetch') =>
        async ({ url, method, body }): Promise<GuestResponse> => {
          const location = new URL(url)
          if (!policy.allows(location, purpose)) throw new DcpError('EPERM_ORIGIN', `not ${url}`)
          const usual = { url, redirected: false, status: 200, statusText: 'OK' }
          if (method === 'POST') {
            posted.set(url, new URLSearchParams(new TextDecoder().decode(body)))
            await new Promise<void>((resolve) => (waiting ??= []).push(resolve))
            const answer = new TextEncoder().encode(`kept ${location.pathname}`)
            return { ...usual, headers: [], body: answer }
          }
          const value = location.pathname.slice(1)
          const status = value === 'gone' ? 404 : 200
          const type = ['content-type', 'application/json'] as const
          return { ...usual, status, headers: [type], body: new TextEncoder().encode(value) }
        },
    },
  )
  await worker.start()
  await settled()
  async function finish(condition: () => boolean): Promise<void> {
    for (let turn = 0; turn < 500 && !condition(); turn++) {
      await clock.advance(10)
      one.answerPosts()
    }
    expect(condition()).toBe(true)
  }
  const one: Scene = {
    worker,
    scheduler,
    posted,
    answerPosts() {
      for (const resolve of waiting?.splice(0) ?? []) resolve()
    },
    finish,
  }
  return one
}

const allowOrigins = {
  fetchData: ['http://data.test'],
  fetchArguments: ['http://arguments.test'],
  fetchWorkFunctions: ['http://code.test'],
  sendResults: ['http://store.test'],
}

function task(values: readonly unknown[], more: Partial<ColumnTask> = {}): ColumnTask {
  const column = joinColumn(values.map((value) => prepareText(value)))
  const slices = `1-${values.length}`
  return { lease: 'a', job, slices, values: column, deadline: 60_000, kind: 'normal', ...more }
}

const double: Script = (input) => ({ value: JSON.stringify(Number(input) * 2) })
const at = (name: string | number): URL => new URL(`http://data.test/${name}`)

describe('a worker with remote data', () => {
  it('computes what is at the locations of its slices', async () => {
    const { scheduler, finish, worker } = await scene(double, { allowOrigins })
    scheduler.offer(task([at(5), 6, at(7)]), artifactsOf(job))
    await finish(() => scheduler.results.size === 3)
    expect([...scheduler.results.values()]).toEqual(['10', '12', '14'])
    await worker.stop({ graceMs: 0 })
  })

  it('fails the slices it may not or cannot read, and computes the others', async () => {
    const { scheduler, finish, worker } = await scene(double, { allowOrigins })
    const elsewhere = new URL('http://secret.test/1')
    scheduler.offer(task([at('gone'), 6, elsewhere, at(8)]), artifactsOf(job))
    await finish(() => scheduler.results.size === 2 && scheduler.failures.size === 2)
    expect(scheduler.failures.get(1)).toMatchObject({ code: 'EFETCH' })
    expect(scheduler.failures.get(3)).toMatchObject({ code: 'EPERM_ORIGIN' })
    expect(scheduler.results.get(4)).toBe('16')
    expect(worker.status()).toMatchObject({ leases: 0, open: 0 })
    await worker.stop({ graceMs: 0 })
  })

  it('reads arguments and work functions, each where it may', async () => {
    const seen: unknown[] = []
    const script: Script = (input, _slice, work) => {
      seen.push(work.workFunction, work.arguments)
      return { value: JSON.stringify(input) }
    }
    const { scheduler, finish, worker } = await scene(script, { allowOrigins })
    const marshaledArguments = joinColumn([prepareText(new URL('http://arguments.test/42'))])
    const workFunctionURI = 'http://code.test/work.js'
    scheduler.offer(task([1]), artifactsOf(job, { workFunctionURI, marshaledArguments }))
    await finish(() => scheduler.results.size === 1)
    expect(seen).toEqual(['/* /work.js */ x => x', ['42']])
    await worker.stop({ graceMs: 0 })
  })

  it('refuses a job whose code or arguments it may not read', async () => {
    const { scheduler, finish, worker } = await scene(double, { allowOrigins })
    const marshaledArguments = joinColumn([prepareText(at(42))])
    scheduler.offer(task([1]), artifactsOf(job, { marshaledArguments }))
    await finish(() => scheduler.failures.size === 1)
    expect(scheduler.failures.get(1)).toMatchObject({ code: 'EPERM_ORIGIN' })
    const other = jobNamed('other')
    const workFunctionURI = 'http://data.test/work.js'
    const next = task([1], { lease: 'b', job: other, slices: '2' })
    scheduler.offer(next, artifactsOf(other, { workFunctionURI }))
    await finish(() => scheduler.failures.size === 2)
    expect(scheduler.failures.get(2)).toMatchObject({ code: 'EPERM_ORIGIN' })
    await worker.stop({ graceMs: 0 })
  })

  it('posts results to their places, and tells what the places answered', async () => {
    const { scheduler, finish, worker, posted } = await scene(double, { allowOrigins })
    const resultLocations = ['http://store.test/1', 'http://store.test/2']
    const artifacts = artifactsOf(job, { resultParams: { token: 'x' } })
    scheduler.offer(task([5, 6], { resultLocations }), artifacts)
    await finish(() => scheduler.results.size === 2)
    expect([...scheduler.results.values()]).toEqual(['"kept /1"', '"kept /2"'])
    expect(Object.fromEntries(posted.get('http://store.test/2') ?? [])).toEqual({
      token: 'x',
      contentType: 'application/json',
      element: '2',
      content: '12',
    })
    await worker.stop({ graceMs: 0 })
  })

  it('keeps its lease while a result is on its way, and waits for it when it stops', async () => {
    const { scheduler, worker, posted, answerPosts } = await scene(double, { allowOrigins })
    scheduler.offer(task([5], { resultLocations: ['http://store.test/1'] }), artifactsOf(job))
    for (let turn = 0; turn < 50 && posted.size === 0; turn++) await settled()
    expect(posted.size).toBe(1)
    expect(worker.status()).toMatchObject({ leases: 1, open: 1 })
    const stopped = worker.stop()
    await settled()
    expect(scheduler.results.size).toBe(0)
    answerPosts()
    for (let turn = 0; turn < 20; turn++) await settled()
    expect(scheduler.results.get(1)).toBe('"kept /1"')
    await worker.stop({ graceMs: 0 })
    await stopped
  })

  it('fails a result that has nowhere to go', async () => {
    const { scheduler, finish, worker } = await scene(double, { allowOrigins })
    const resultLocations = ['http://data.test/1', 'http://store.test/2']
    scheduler.offer(task([5, 6], { resultLocations }), artifactsOf(job))
    await finish(() => scheduler.results.size === 1 && scheduler.failures.size === 1)
    expect(scheduler.failures.get(1)).toMatchObject({ code: 'EPERM_ORIGIN' })
    await worker.stop({ graceMs: 0 })
  })
})
