import { DcpError, capability } from '@manyhands/protocol'
import type { GuestRequest, ModuleLoader, WorkAssignment } from '@manyhands/sandbox'
import { type EvaluatorHost, createEvaluatorHost } from '@manyhands/sandbox/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { batchOf, createRecorder, runIn, workOf } from './_recorder.ts'

let host: EvaluatorHost
beforeAll(() => {
  host = createEvaluatorHost()
})
afterAll(() => host.close())

async function run(text: string, more: Partial<WorkAssignment> = {}, ...values: string[]) {
  await using sandbox = await disposable()
  return await runIn(sandbox, workOf(text, more), ...(values.length === 0 ? ['1'] : values))
}

async function disposable() {
  const sandbox = await host.create()
  return Object.assign(sandbox, { [Symbol.asyncDispose]: () => sandbox.kill() })
}

async function valueOf(text: string, more: Partial<WorkAssignment> = {}): Promise<unknown> {
  const { end, recorder } = await run(text, more)
  expect([...recorder.errors.values()]).toEqual([])
  expect(end).toEqual({ kind: 'done' })
  return recorder.values.get(1)
}

describe('the globals of a work function', () => {
  it('are those that the official sandbox shows', async () => {
    const names = [
      'setTimeout clearTimeout setInterval clearInterval setImmediate queueMicrotask URL fetch',
      'Headers Request Response Blob TextEncoder TextDecoder atob btoa performance location',
      'navigator crypto console self globalThis WorkerGlobalScope importScripts postMessage',
      'addEventListener removeEventListener progress work require module bravojs Proxy Reflect',
      'Atomics WeakRef FinalizationRegistry BigInt64Array WebAssembly structuredClone Event',
      'EventTarget CustomEvent DOMException reportError eval Function Intl',
    ].flatMap((line) => line.split(' '))
    const text = `() => ${JSON.stringify(names)}.filter((name) => globalThis[name] === undefined)`
    expect(await valueOf(text)).toEqual([])
    expect(
      await valueOf(`() => ['onmessage', 'onerror'].map((name) => name in globalThis)`),
    ).toEqual([true, true])
  })

  it('have a navigator that says nothing', async () => {
    const text = `() => [Object.keys(navigator), navigator.userAgent, location.href, location.origin]`
    expect(await valueOf(text)).toEqual([
      [
        'appCodeName',
        'appName',
        'appVersion',
        'deviceMemory',
        'hardwareConcurrency',
        'onLine',
        'platform',
        'product',
        'userAgent',
        'userAgentData',
      ],
      'not a browser',
      'about:blank',
      'null',
    ])
  })

  it('listen for events of their own only', async () => {
    const text = `async (x) => {
      const heard = []
      addEventListener('message', (event) => heard.push(event.data))
      dispatchEvent(new MessageEvent('message', { data: 'mine' }))
      try { postMessage({ request: 'complete' }) } catch (error) { heard.push(error.name) }
      return heard
    }`
    expect(await valueOf(text)).toEqual(['mine', 'TypeError'])
  })

  it('have a crypto that works', async () => {
    const text = `async () => {
      const bytes = new Uint8Array(16)
      const same = crypto.getRandomValues(bytes) === bytes
      const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode('abc'))
      return [same, bytes.some((byte) => byte > 0), /^[0-9a-f-]{36}$/.test(crypto.randomUUID()),
        new Uint8Array(digest)[0]]
    }`
    expect(await valueOf(text)).toEqual([true, true, true, 0xba])
  })

  it('clone structures and obey strictness', async () => {
    expect(await valueOf('() => structuredClone(new Map([[1, { a: 1 }]]))')).toEqual(
      new Map([[1, { a: 1 }]]),
    )
    const undeclared = '() => { try { undeclared = 1; return 1 } catch { return "refused" } }'
    expect(await valueOf(undeclared)).toBe(1)
    expect(await valueOf(undeclared, { useStrict: true })).toBe('refused')
  })

  it('say progress with the values of the official console', async () => {
    const text = `async () => {
      const turn = () => new Promise((resolve) => setTimeout(resolve, 110))
      for (const value of ['50%', '0.2', 2, undefined]) { progress(value); await turn() }
    }`
    const { recorder } = await run(text)
    expect(recorder.progressed.map(([, fraction]) => fraction)).toEqual([
      0.5,
      undefined,
      undefined,
      undefined,
    ])
    expect(recorder.lines).toContainEqual([
      1,
      'info',
      ['Progress out of bounds: 200.0%, last: 50.0%'],
      1,
    ])
  })

  it('count equal console calls', async () => {
    const { recorder } = await run(
      `() => { console.log('a'); console.log('a'); console.log('a'); console.log('b') }`,
    )
    expect(recorder.lines).toEqual([
      [1, 'log', ['a'], 1],
      [1, 'log', undefined, 3],
      [1, 'log', ['b'], 1],
    ])
  })
})

const answer =
  'module.declare(["./parts/factor"], (require, exports) => { exports.answer = () => 6 * require("./parts/factor").factor })'
const factor = 'module.declare((require, exports, module) => { module.exports = { factor: 7 } })'

/** Offers these modules and keeps what it was asked for. */
function loaderOf(sources: Readonly<Record<string, string>>) {
  const asked: (readonly string[])[] = []
  const loadModules: ModuleLoader = async (ids) => {
    asked.push(ids)
    const found = ids.filter((id) => sources[id] !== undefined)
    if (found.length < ids.length) throw new DcpError('ENOMODULE', `no ${ids.join(', ')} here`)
    return new Map(found.map((id) => [id, sources[id] ?? '']))
  }
  return { asked, loadModules }
}

describe('the modules of a work function', () => {
  it('come with the job, or are asked for with what they depend on', async () => {
    const { asked, loadModules } = loaderOf({ 'pkg/parts/factor': factor })
    const more = {
      modules: new Map([['pkg/answer', answer]]),
      dependencies: ['pkg/answer'],
      requirePath: ['pkg'],
      loadModules,
    }
    const text = `() => [require('pkg/answer').answer(), require('answer').answer()]`
    expect(await valueOf(text, more)).toEqual([42, 42])
    expect(asked).toEqual([['pkg/parts/factor']])
  })

  it('are loaded while it runs by module.provide', async () => {
    const { asked, loadModules } = loaderOf({ 'pkg/answer': answer, 'pkg/parts/factor': factor })
    const text = `() => new Promise((resolve, reject) => {
      module.provide(['pkg/answer'], () => resolve(require('pkg/answer').answer()), reject)
    })`
    expect(await valueOf(text, { loadModules })).toBe(42)
    expect(asked).toEqual([['pkg/answer'], ['pkg/parts/factor']])
  })

  it('may depend on each other in a circle', async () => {
    const { loadModules } = loaderOf({
      'p/a': `module.declare(['./b'], (require, exports) => { exports.name = 'a'; exports.other = () => require('./b').name })`,
      'p/b': `module.declare(['p/a'], (require, exports) => { exports.name = 'b' + require('p/a').name })`,
    })
    const text = `() => [require('p/a').other(), require('p/b').name]`
    expect(await valueOf(text, { loadModules, dependencies: ['p/a'] })).toEqual(['ba', 'ba'])
  })

  it('that do not exist refuse the assignment with their code', async () => {
    await using sandbox = await disposable()
    const { loadModules } = loaderOf({})
    const work = workOf('() => 1', { dependencies: ['pkg/nothing'], loadModules })
    await expect(sandbox.assign(work)).rejects.toMatchObject({
      code: 'ENOMODULE',
      message: 'no pkg/nothing here',
    })
  })

  it('are not to be had when nobody offers any', async () => {
    await using sandbox = await disposable()
    const work = workOf('() => 1', { dependencies: ['pkg/nothing'] })
    await expect(sandbox.assign(work)).rejects.toMatchObject({ code: 'ENOMODULE' })
    const text = `() => { try { require('other') } catch (error) { return error.code } }`
    expect(await valueOf(text)).toBe('ENOMODULE')
  })

  it('must declare themselves, and may fail to parse', async () => {
    const sources = { 'p/plain': 'exports.a = 1', 'p/broken': 'module.declare([], (' }
    const { loadModules } = loaderOf(sources)
    for (const id of Object.keys(sources)) {
      await using sandbox = await disposable()
      const assigned = sandbox.assign(workOf('() => 1', { dependencies: [id], loadModules }))
      await expect(assigned).rejects.toMatchObject({
        code: id === 'p/plain' ? 'ENOMODULE' : 'EUNCAUGHT',
      })
    }
  })
})

describe('fetch', () => {
  it('is carried out by whoever supervises the sandbox', async () => {
    const requests: GuestRequest[] = []
    const text = `async () => {
      const response = await fetch('http://data.example/a?b=c#d', {
        method: 'POST', headers: { 'x-a': 'b' }, body: new Uint8Array([1, 2, 3]),
      })
      const { status, statusText, url, redirected, ok } = response
      return [status, statusText, url, redirected, ok, response.headers.get('x-c'), await response.json()]
    }`
    const value = await valueOf(text, {
      fetch: async (request) => {
        requests.push(request)
        return {
          url: 'http://data.example/there',
          redirected: true,
          status: 201,
          statusText: 'Created',
          headers: [['x-c', 'd']],
          body: new TextEncoder().encode('{"an":["answer"]}'),
        }
      },
    })
    expect(value).toEqual([
      201,
      'Created',
      'http://data.example/there',
      true,
      true,
      'd',
      { an: ['answer'] },
    ])
    expect(requests[0]).toMatchObject({ method: 'POST', redirect: 'follow' })
    expect(requests[0]?.headers).toContainEqual(['x-a', 'b'])
    expect([...(requests[0]?.body ?? [])]).toEqual([1, 2, 3])
  })

  it('fails with the code of the refusal, and without any allowance', async () => {
    const text = `async () => {
      try { await fetch('https://denied.example/x') } catch (error) { return [error.code, error.message] }
    }`
    const refused = ['EPERM_ORIGIN', "Not allowed to fetch from 'https://denied.example/x'"]
    expect(await valueOf(text)).toEqual(refused)
    const fetch = async () => {
      throw new DcpError('EFETCH', 'not today')
    }
    expect(await valueOf(text, { fetch })).toEqual(['EFETCH', 'not today'])
  })

  it('takes http and https only, and can be aborted', async () => {
    const text = `async () => {
      const told = []
      for (const url of ['file:///etc/passwd', 'data:,x', 'relative']) {
        try { await fetch(url) } catch (error) { told.push(error.name) }
      }
      try { await fetch('http://slow.example/', { signal: AbortSignal.timeout?.(5) }) }
      catch (error) { told.push(error.name) }
      return told
    }`
    const never = () => new Promise<never>(() => {})
    expect(await valueOf(text, { fetch: never })).toEqual([
      'TypeError',
      'TypeError',
      'TypeError',
      'TimeoutError',
    ])
  })

  it('of one slice does not settle in the next', async () => {
    let respond: (() => void) | undefined
    await using sandbox = await disposable()
    const text = `async (x) => {
      if (x === 1) { fetch('http://a.example/').then(() => { globalThis.late = true }); return 0 }
      if (x === 2) await fetch('http://b.example/')
      return globalThis.late ?? false
    }`
    const response = {
      url: '',
      redirected: false,
      status: 200,
      statusText: '',
      headers: [],
      body: new Uint8Array(0),
    }
    await sandbox.assign(
      workOf(text, {
        fetch: async ({ url }) => {
          if (url.includes('a.example')) {
            await new Promise<void>((resolve) => {
              respond = resolve
            })
          } else respond?.()
          return response
        },
      }),
    )
    const recorder = createRecorder()
    await sandbox.run(batchOf('1', '2'), recorder)
    expect(recorder.values.get(2)).toBe(false)
  })
})

describe('what is reset between slices', () => {
  it('is timers, console, progress and events; nothing else', async () => {
    const text = `(x) => {
      globalThis.count = (globalThis.count ?? 0) + 1
      setTimeout(() => { globalThis.fired = true }, 0)
      console.log('slice', x)
      work.emit('event', x)
      return [globalThis.count, globalThis.fired ?? false]
    }`
    const { recorder } = await run(text, {}, '1', '2')
    expect([...recorder.values.values()]).toEqual([
      [1, false],
      [2, false],
    ])
    expect(recorder.lines.map(([slice, , message]) => [slice, message])).toEqual([
      [1, ['slice', 1]],
      [2, ['slice', 2]],
    ])
    expect(recorder.events).toEqual([
      [1, 'event', 1],
      [2, 'event', 2],
    ])
  })
})

describe('capabilities', () => {
  it('are found by trying', async () => {
    const { capabilities } = await host.describe()
    // The exponential of fdlibm is one unit in the last place off here; other libraries are not.
    const exact = await valueOf('() => Math.exp(7.330382858376183)')
    expect(capabilities & capability.fdlibm).toBe(
      exact === 1525.9658889887482 ? capability.fdlibm : 0,
    )
    expect(capabilities & (capability.offscreenCanvas | capability.webgpu)).toBe(0)
  })
})
