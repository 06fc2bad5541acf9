import { prepareText } from '@manyhands/protocol'
import type { Sandbox, SandboxHost, WorkAssignment } from '@manyhands/sandbox'
import { createEvaluatorHost } from '@manyhands/sandbox/node'

import type { BenchCase } from '../bench-case.ts'
import { allocationKernel, integerKernel, matrixKernel } from '../kernels.ts'
import { processTree, proportionalMemoryMbOf } from '../process-usage.ts'
import { figure, spread } from '../section.ts'
import { median, percentile } from '../statistics.ts'

const kernels = [
  { name: 'integer steps', kernel: integerKernel, size: 50_000_000 },
  { name: 'matrix product', kernel: matrixKernel, size: 300 },
  { name: 'strings and objects', kernel: allocationKernel, size: 500_000 },
]
const sandboxes = 8

interface Measurements {
  readonly startMs: number[]
  readonly smallUs: number[]
  readonly largeMs: number[]
  readonly memoryMb: number[]
  readonly speeds: Map<string, number[]>
  jail: string
}

/** E1: what a sandbox costs: to start it, to talk to it, to keep it, to compute in it. */
export const e1: BenchCase = {
  id: 'E1',
  async run({ runs, short }) {
    const found: Measurements = {
      startMs: [],
      smallUs: [],
      largeMs: [],
      memoryMb: [],
      speeds: new Map(kernels.map(({ name }) => [name, []])),
      jail: '',
    }
    for (let round = 0; round < runs; round++) {
      await measureHost(found, short ? 20 : 1000)
      process.stderr.write('.')
    }
    return {
      id: 'E1',
      title: 'the sandbox',
      intro: `Sandboxes of the evaluator, driven as the worker drives them, jail: ${found.jail}; ${runs} runs.`,
      head: ['measure', 'median [range]', 'target'],
      rows: [
        ['start, to the first slice possible, ms', spread(found.startMs), '≤ 60'],
        ['round trip of 200 B, µs', spread(found.smallUs), '≤ 150'],
        ['round trip of 1 MiB, ms', spread(found.largeMs), ''],
        [`memory (PSS) of one of ${sandboxes}, MB`, spread(found.memoryMb), '≤ 30'],
        ...[...found.speeds].map(([name, ratios]) => [
          `speed ÷ plain Node: ${name}`,
          spread(ratios),
          '≥ 0.95',
        ]),
      ],
      notes: [
        `Plain Node is ${process.version} (V8 ${process.versions.v8}); sandboxes have the V8 of their Deno. From V8 14.6 on (Node 26, too) the hash of a string that was just made takes twice as long, which is what strings and objects differ in.`,
        `99 of 100 round trips of 200 B take less than ${figure(percentile(found.smallUs, 0.99))} µs.`,
      ],
      raw: { ...found, speeds: Object.fromEntries(found.speeds) },
    }
  },
}

async function measureHost(found: Measurements, trips: number): Promise<void> {
  const host = createEvaluatorHost({ spares: 0 })
  try {
    found.jail = (await host.describe()).jail
    const alone = childrenMemoryMb()
    const pool: Sandbox[] = []
    const start = async (): Promise<Sandbox> => {
      const began = performance.now()
      const sandbox = await startSandbox(host, '(x) => x')
      found.startMs.push(performance.now() - began)
      pool.push(sandbox)
      return sandbox
    }
    const sandbox = await start()
    const small = prepareText('x'.repeat(200))
    const large = prepareText('x'.repeat(1_048_576))
    // As in a worker that has computed for a while: what is run often has been compiled.
    await timeTrips(sandbox, small, 3 * trips)
    found.smallUs.push(...(await timeTrips(sandbox, small, trips)).map((ms) => ms * 1000))
    while (pool.length < sandboxes) await start()
    found.memoryMb.push((childrenMemoryMb() - alone) / sandboxes)
    found.largeMs.push(...(await timeTrips(sandbox, large, Math.ceil(trips / 20))))
    for (const { name, kernel, size } of kernels) {
      found.speeds.get(name)?.push(await compareSpeed(host, kernel, size))
    }
    for (const one of pool) await one.kill()
  } finally {
    await host.close()
  }
}

function childrenMemoryMb(): number {
  const children = processTree([process.pid]).filter(({ parent }) => parent === process.pid)
  return proportionalMemoryMbOf(children.map(({ pid }) => pid))
}

async function startSandbox(host: SandboxHost, workFunction: string): Promise<Sandbox> {
  const sandbox = await host.create()
  const work: WorkAssignment = {
    workFunction,
    arguments: [],
    useStrict: false,
    worktime: { name: 'map-basic', version: '1.0.0' },
    public: { name: '', description: '', link: '' },
  }
  await sandbox.assign(work)
  return sandbox
}

/** Milliseconds of each of some round trips of a value through a sandbox that returns it. */
async function timeTrips(sandbox: Sandbox, value: string, trips: number): Promise<number[]> {
  const times: number[] = []
  for (let slice = 1; slice <= trips; slice++) {
    const began = performance.now()
    const returned = await runOne(sandbox, slice, value)
    times.push(performance.now() - began)
    if (returned !== value) throw new Error('the sandbox returned another value')
  }
  return times
}

/** Time in plain Node, divided by time in a sandbox; the better of some turns each, interleaved. */
async function compareSpeed(
  host: SandboxHost,
  kernel: (size: number) => number,
  size: number,
): Promise<number> {
  const sandbox = await startSandbox(host, kernel.toString())
  const inside: number[] = []
  const outside: number[] = []
  for (let turn = 1; turn <= 5; turn++) {
    const began = performance.now()
    const answer = kernel(size)
    outside.push(performance.now() - began)
    const begunInside = performance.now()
    const returned = await runOne(sandbox, turn, prepareText(size))
    inside.push(performance.now() - begunInside)
    if (returned !== prepareText(answer)) throw new Error('the sandbox computed something else')
  }
  await sandbox.kill()
  return median(outside.slice(1)) / median(inside.slice(1))
}

async function runOne(sandbox: Sandbox, slice: number, value: string): Promise<string> {
  let returned: string | undefined
  const end = await sandbox.run(
    { slices: [slice], values: [value] },
    {
      results([result]) {
        if (result !== undefined && 'value' in result) returned = result.value
        else throw new Error(`the sandbox failed: ${JSON.stringify(result)}`)
      },
      progress: () => undefined,
      console: () => undefined,
      emit: () => undefined,
    },
  )
  if (returned === undefined) throw new Error(`no result came: ${JSON.stringify(end)}`)
  return returned
}
