// The graphics processor in real sandboxes, computed in software: short loops alone.
import { capability } from '@manyhands/protocol'
import type { EvaluatorHost } from '@manyhands/sandbox/node'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { createTestHost, jailed } from './_jail.ts'
import { batchOf, createRecorder, workOf } from './_recorder.ts'
import { howToGetIt, softwareGpu } from './_software-gpu.ts'

const weaken = 'MANYHANDS_WEAKEN'

async function runIn(host: EvaluatorHost, workFunction: string, ...values: string[]) {
  const sandbox = await host.create()
  const recorder = createRecorder()
  await sandbox.assign(workOf(workFunction))
  const end = await sandbox.run(batchOf(...values), recorder)
  await sandbox.kill()
  return { end, values: [...recorder.values.values()], errors: [...recorder.errors.values()] }
}

/** Runs `shader` for each of some numbers; the buffer `d` holds them, and the results. */
function compute(shader: string): string {
  return `async (n) => {
    progress()
    const adapter = await navigator.gpu.requestAdapter()
    const device = await adapter.requestDevice({ requiredFeatures: ['timestamp-query'] })
    const code = '@group(0) @binding(0) var<storage, read_write> d: array<u32>;'
      + '@compute @workgroup_size(16) fn main(@builtin(global_invocation_id) g: vec3<u32>) {${shader}}'
    const module = device.createShaderModule({ code })
    const pipeline = device.createComputePipeline({ layout: 'auto', compute: { module, entryPoint: 'main' } })
    const size = n * 4
    const buffer = device.createBuffer({ size, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC })
    const read = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
    const layout = pipeline.getBindGroupLayout(0)
    const group = device.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer } }] })
    const encoder = device.createCommandEncoder()
    const pass = encoder.beginComputePass()
    pass.setPipeline(pipeline)
    pass.setBindGroup(0, group)
    pass.dispatchWorkgroups(n / 16)
    pass.end()
    encoder.copyBufferToBuffer(buffer, 0, read, 0, size)
    device.queue.submit([encoder.finish()])
    await read.mapAsync(GPUMapMode.READ)
    const clock = adapter.features.has('timestamp-query') || device.features.has('timestamp-query')
    return { numbers: [...new Uint32Array(read.getMappedRange())], clock }
  }`
}

const squares = compute('var s = 0u; for (var i = 0u; i < g.x; i++) { s += g.x; } d[g.x] = s;')
const endless = compute(
  'for (var i = 0u; i < 4000000000u; i++) { d[0] = d[0] + i; if (d[0] == 4294967295u) { break; } }',
)
/** The same work, and nothing waits for it. */
function unawaited(program: string): string {
  return program.replace(/await read\.mapAsync.*/s, 'return 1 }')
}

/** Goes on submitting when its first slice has ended, and tells in the second one what came of it. */
const leavesWorkBehind = `async () => {
  progress()
  if (globalThis.kept === undefined) {
    const adapter = await navigator.gpu.requestAdapter()
    const device = await adapter.requestDevice()
    const kept = (globalThis.kept = { device, ran: 0, refused: '' })
    const work = async () => {
      kept.device.queue.submit([kept.device.createCommandEncoder().finish()])
      kept.ran += 1
      await kept.device.queue.onSubmittedWorkDone()
    }
    kept.work = work
    await work()
    void (async () => {
      try {
        for (;;) await work()
      } catch (error) {
        kept.refused = String(error)
        throw error
      }
    })()
    return { ran: kept.ran - 1, refused: kept.refused }
  }
  await kept.work()
  return { ran: kept.ran, refused: kept.refused }
}`
const names =
  '() => [typeof navigator.gpu, Object.getOwnPropertyNames(globalThis).filter((n) => n.startsWith("GPU")).length]'

describe('a sandbox without a graphics processor', () => {
  it('sees nothing of one', async () => {
    await using host = createTestHost({ spares: 0 })
    expect(await runIn(host, names, '0')).toMatchObject({ values: [['undefined', 0]] })
    expect((await host.describe()).capabilities & capability.webgpu).toBe(0)
  })

  it('is not given one that computes in software by an evaluator that is no test', async () => {
    await using host = createTestHost({ spares: 0, gpu: '/no/such/manifest.json' })
    await expect(host.describe()).rejects.toThrow(/in tests alone/)
  })
})

describe.skipIf(softwareGpu === undefined)(
  `a sandbox with a graphics processor${softwareGpu === undefined ? ` (${howToGetIt})` : ''}`,
  () => {
    let host: EvaluatorHost

    beforeAll(() => {
      process.env[weaken] = 'for-tests'
      const limits = { noProgressMs: 1_500, sliceMs: 3_000 }
      host = createTestHost({ spares: 0, limits, ...(softwareGpu && { gpu: softwareGpu }) })
    })

    afterAll(async () => {
      Reflect.deleteProperty(process.env, weaken)
      await host.close()
    })

    it('never offers one for work that computes in software', async () => {
      const { capabilities, jail } = await host.describe()
      expect(capabilities & capability.webgpu).toBe(0)
      expect(jail).toBe(jailed ? 'bubblewrap' : 'none')
    })

    it('computes with it, and has no clock of it', async () => {
      const { values } = await runIn(host, squares, '32')
      const numbers = Array.from({ length: 32 }, (_x, index) => index * index)
      expect(values).toEqual([{ numbers, clock: false }])
    })

    it('may use a device of an earlier slice, and nothing between two slices', async () => {
      const sandbox = await host.create()
      const recorder = createRecorder()
      await sandbox.assign(workOf(leavesWorkBehind))
      await sandbox.run(batchOf('0'), recorder)
      await sandbox.run({ slices: [2], values: ['1'] }, recorder)
      await sandbox.kill()
      const [first, second] = [...recorder.values.values()] as Record<string, unknown>[]
      expect(first).toEqual({ ran: 1, refused: '' })
      expect(second).toMatchObject({ refused: expect.stringContaining('outside of a slice') })
      expect(second?.['ran']).toBeGreaterThan(1)
    })

    it('ends no slice before what it submitted is done, nor because its device is gone', async () => {
      const { end } = await runIn(host, unawaited(endless), '16')
      expect(end).toMatchObject({ kind: 'died', slice: 1, error: { code: 'ENOPROGRESS' } })
      const destroyed = unawaited(squares).replace('return 1', 'device.destroy(); return 1')
      expect(await runIn(host, destroyed, '16')).toMatchObject({
        end: { kind: 'done' },
        values: [1],
      })
    })

    it('goes with a shader that never ends, and the next one goes on', async () => {
      const { end } = await runIn(host, endless, '16')
      expect(end).toMatchObject({ kind: 'died', error: { code: 'ENOPROGRESS' } })
      expect(await runIn(host, '(x) => x * 2', '21')).toMatchObject({ values: [42] })
    })
  },
)
