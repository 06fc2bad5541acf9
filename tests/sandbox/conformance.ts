/**
 * What every host of sandboxes must do, whether they are processes or only pretend to be. Work
 * functions are given as text: they see nothing of this file.
 */
import { prepareText } from '@manyhands/protocol'
import type { SandboxHost } from '@manyhands/sandbox'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { batchOf, createRecorder, runIn, workOf } from './_recorder.ts'

export interface ConformanceOptions {
  /** A host whose `noProgressMs` is small enough to wait for, on its own clock. */
  readonly createHost: () => SandboxHost
  /** What the host must say of its jail. */
  readonly jail: string
  /** False: this machine cannot have such a host, and the name says why. */
  readonly possible?: boolean
}

export function sandboxConformance(
  name: string,
  { createHost, jail: expected, possible = true }: ConformanceOptions,
): void {
  describe.runIf(possible)(`${name} as a sandbox host`, () => {
    let host: SandboxHost
    beforeAll(() => {
      host = createHost()
    })
    afterAll(() => host.close())

    it('describes what it offers', async () => {
      const { capabilities, jail, worktimes } = await host.describe()
      expect(capabilities & 64).toBe(64)
      expect(worktimes).toContainEqual({ name: 'map-basic', version: '1.0.0' })
      expect(jail).toBe(expected)
    })

    it('runs a work function once per slice with its arguments', async () => {
      const sandbox = await host.create()
      const work = workOf('(x, factor, plus) => { progress(); return x * factor + plus }', {
        arguments: ['10', '3'],
      })
      const { end, recorder } = await runIn(sandbox, work, '1', '2', '3')
      expect(end).toEqual({ kind: 'done' })
      expect([...recorder.values]).toEqual([
        [1, 13],
        [2, 23],
        [3, 33],
      ])
      expect(recorder.cpuMs.every((ms) => ms >= 0)).toBe(true)
      await sandbox.kill()
    })

    it('keeps the numbers of the slices it is given', async () => {
      const sandbox = await host.create()
      await sandbox.assign(workOf('(x) => x'))
      const recorder = createRecorder()
      const slices = [700, 3, 9_007_199_254_740_991]
      await sandbox.run({ slices, values: ['"a"', '"b"', '"c"'] }, recorder)
      expect([...recorder.values.keys()]).toEqual(slices)
      await sandbox.kill()
    })

    it('replaces the arguments of a loaded work function', async () => {
      const sandbox = await host.create()
      const text = '(x, y) => { globalThis.runs = (globalThis.runs ?? 0) + 1; return [x, y] }'
      const first = await runIn(sandbox, workOf(text, { arguments: ['1'] }), '5')
      const second = await runIn(sandbox, workOf(text, { arguments: ['"two"'] }), '5')
      expect(first.recorder.values.get(1)).toEqual([5, 1])
      expect(second.recorder.values.get(1)).toEqual([5, 'two'])
      await sandbox.kill()
    })

    it('carries values of every kind', async () => {
      const sandbox = await host.create()
      const values = [
        undefined,
        null,
        Number.NaN,
        -0,
        12n,
        'text',
        [1, [2, { three: 3 }]],
        new Map([['a', new Set([1, 2])]]),
        new Date(86_400_000),
        new Float32Array([1.5, -2]),
      ]
      const { recorder } = await runIn(sandbox, workOf('(x) => x'), ...values.map(prepareText))
      expect([...recorder.values.values()]).toEqual(values)
      await sandbox.kill()
    })

    it('awaits promises', async () => {
      const sandbox = await host.create()
      const { recorder } = await runIn(sandbox, workOf('async (x) => (await x) + 1'), '1')
      expect(recorder.values.get(1)).toBe(2)
      await sandbox.kill()
    })

    it('turns whatever is thrown into a failure of that slice alone', async () => {
      const sandbox = await host.create()
      const text = `(x) => {
        if (x === 1) throw Object.assign(new TypeError('bad'), { code: 'EXYZ' })
        if (x === 2) throw 'only text'
        if (x === 3) throw undefined
        if (x === 4) return Promise.reject(new Error('later'))
        return x
      }`
      const { end, recorder } = await runIn(sandbox, workOf(text), '1', '2', '3', '4', '5')
      expect(end).toEqual({ kind: 'done' })
      expect(recorder.errors.get(1)).toMatchObject({
        name: 'TypeError',
        message: 'bad',
        code: 'EXYZ',
      })
      expect(recorder.errors.get(1)?.stack).toContain('bad')
      expect(recorder.errors.get(2)?.message).toBe('only text')
      expect(recorder.errors.get(3)?.message).toContain('undefined')
      expect(recorder.errors.get(4)?.message).toBe('later')
      expect(recorder.values.get(5)).toBe(5)
      await sandbox.kill()
    })

    it('refuses a result that is a function', async () => {
      const sandbox = await host.create()
      const { recorder } = await runIn(sandbox, workOf('(x) => () => x'), '1')
      expect(recorder.errors.get(1)?.code).toBe('EBADARG')
      await sandbox.kill()
    })

    it.each([
      ['is not a function', '42'],
      ['does not parse', '(x => {'],
      ['throws at once', "(() => { throw new Error('at once') })()"],
    ])('refuses a text that %s', async (_what, text) => {
      const sandbox = await host.create()
      await expect(sandbox.assign(workOf(text))).rejects.toMatchObject({ code: 'EUNCAUGHT' })
      await sandbox.kill()
    })

    it('never changes the work function of a sandbox', async () => {
      const sandbox = await host.create()
      await sandbox.assign(workOf('(x) => x'))
      await expect(sandbox.assign(workOf('(y) => y'))).rejects.toMatchObject({
        code: 'ENOTSUPPORTED',
      })
      await sandbox.kill()
    })

    it('relays progress', async () => {
      const sandbox = await host.create()
      const { recorder } = await runIn(sandbox, workOf('(x) => progress(x)'), '0.5')
      expect(recorder.progressed).toEqual([[1, 0.5]])
      expect(recorder.values.get(1)).toBe(true)
      await sandbox.kill()
    })

    it('relays the console with its level', async () => {
      const sandbox = await host.create()
      const text = "(x) => { console.log('x is', x, { deep: [x] }); console.warn('careful') }"
      const { recorder } = await runIn(sandbox, workOf(text), '7')
      expect(recorder.lines).toEqual([
        [1, 'log', ['x is', 7, { deep: [7] }], 1],
        [1, 'warn', ['careful'], 1],
      ])
      await sandbox.kill()
    })

    it('relays custom events and shows the public description', async () => {
      const sandbox = await host.create()
      const text = "(x) => { work.emit('found', { x }); return work.job.public.name }"
      const { recorder } = await runIn(sandbox, workOf(text), '7')
      expect(recorder.events).toEqual([[1, 'found', { x: 7 }]])
      expect(recorder.values.get(1)).toBe('a job')
      await sandbox.kill()
    })

    it('ends a batch in which the work is rejected', async () => {
      const sandbox = await host.create()
      const text = "(x) => { if (x === 2) work.reject('not here', 3); return x }"
      const { end, recorder } = await runIn(sandbox, workOf(text), '1', '2', '3')
      expect(end).toEqual({ kind: 'rejected', slice: 2, reason: 'not here', retries: 3 })
      expect([...recorder.values.keys()]).toEqual([1])
      await sandbox.kill()
    })

    it('stops after the slice in progress', async () => {
      const sandbox = await host.create()
      await sandbox.assign(
        workOf('async () => { progress(); await new Promise((r) => setTimeout(r, 30)); return 1 }'),
      )
      const recorder = createRecorder()
      const running = sandbox.run(batchOf('1', '2', '3', '4', '5', '6'), recorder)
      await recorder.heard(1)
      sandbox.stop()
      expect(await running).toEqual({ kind: 'done' })
      expect(recorder.values.size).toBeGreaterThan(0)
      expect(recorder.values.size).toBeLessThan(6)
      const again = createRecorder()
      expect(await sandbox.run(batchOf('1'), again)).toEqual({ kind: 'done' })
      expect(again.values.get(1)).toBe(1)
      await sandbox.kill()
    })

    it('ends a running batch as died when it is killed', async () => {
      const sandbox = await host.create()
      await sandbox.assign(workOf('(x) => x === 2 ? (progress(), new Promise(() => {})) : x'))
      const recorder = createRecorder()
      const running = sandbox.run(batchOf('1', '2', '3'), recorder)
      await recorder.heard(2)
      await sandbox.kill()
      expect(await running).toMatchObject({ kind: 'died', slice: 2, error: { code: 'ESANDBOX' } })
      expect([...recorder.values.keys()]).toEqual([1])
      expect(await sandbox.run(batchOf('1'), recorder)).toMatchObject({ kind: 'died' })
      await expect(sandbox.assign(workOf('(x) => x'))).rejects.toMatchObject({ code: 'ESANDBOX' })
      await sandbox.kill()
    })

    it('ends a slice that never makes progress', async () => {
      const sandbox = await host.create()
      await sandbox.assign(workOf('(x) => x === 2 ? new Promise(() => {}) : x'))
      const recorder = createRecorder()
      const end = await sandbox.run(batchOf('1', '2', '3'), recorder)
      expect(end).toMatchObject({ kind: 'died', slice: 2, error: { code: 'ENOPROGRESS' } })
      expect([...recorder.values.keys()]).toEqual([1])
    })

    it('runs nothing for an empty batch', async () => {
      const sandbox = await host.create()
      await sandbox.assign(workOf('(x) => x'))
      expect(await sandbox.run({ slices: [], values: [] }, createRecorder())).toEqual({
        kind: 'done',
      })
      await sandbox.kill()
    })

    it('gives nothing after it was closed', async () => {
      const other = createHost()
      const sandbox = await other.create()
      await other.close()
      await other.close()
      await expect(other.create()).rejects.toMatchObject({ code: 'EPIPE' })
      expect(await sandbox.kill()).toBeUndefined()
    })
  })
}
