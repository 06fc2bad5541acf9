import { prepareText } from '@manyhands/protocol'
import type { Sandbox, SandboxHost, WorkAssignment } from '@manyhands/sandbox'
import { createEvaluatorHost } from '@manyhands/sandbox/node'

import type { BenchCase } from '../bench-case.ts'
import { allocationKernel, integerKernel, matrixKernel } from '../kernels.ts'
import { processTree, proportionalMemoryMbOf } from '../process-usage.ts'
import type { Program } from '../program.ts'
import { figure, spread } from '../section.ts'
import { median, percentile, shuffled } from '../statistics.ts'
import { type PlainNode, startPlainNodes } from '../systems/plain-nodes.ts'
import { startPeer } from '../systems/programs.ts'

const kernels = [
  { name: 'integer steps', kernel: integerKernel, size: 50_000_000 },
  { name: 'matrix product', kernel: matrixKernel, size: 300 },
  { name: 'strings and objects', kernel: allocationKernel, size: 500_000 },
]
const sandboxes = 8

interface Measurements {
  readonly startMs: number[]
  readonly smallUs: number[]
  /** Such a round trip in units of that through a bare process and its thread. */
  readonly smallToBare: number[]
  readonly largeMs: number[]
  readonly memoryMb: number[]
  /** Ratios of speed, by the kernel and the Node beside it. */
  readonly speeds: Map<string, number[]>
  jail: string
}

/** What a speed is compared with: the Node, without its engine, and the kernel. */
function besideOf(node: PlainNode, kernel: string): string {
  return `Node ${node.name.split(' ')[0] ?? ''}: ${kernel}`
}

/** E1: what a sandbox costs: to start it, to talk to it, to keep it, to compute in it. */
export const e1: BenchCase = {
  id: 'E1',
  async run({ runs, short }) {
    const nodes = await startPlainNodes()
    const echo = await startPeer('echo.mjs')
    const found: Measurements = {
      startMs: [],
      smallUs: [],
      smallToBare: [],
      largeMs: [],
      memoryMb: [],
      speeds: new Map(
        nodes.flatMap((node) => kernels.map(({ name }) => [besideOf(node, name), []])),
      ),
      jail: '',
    }
    try {
      for (let round = 0; round < runs; round++) {
        await measureHost(found, { nodes, echo }, short ? 20 : 1000)
        process.stderr.write('.')
      }
    } finally {
      for (const peer of [...nodes, echo]) await peer.close()
    }
    return {
      id: 'E1',
      title: 'the sandbox',
      intro: `Sandboxes of the evaluator, driven as the worker drives them, jail: ${found.jail}; ${runs} runs.`,
      head: ['measure', 'median [range]', 'target'],
      rows: [
        ['start, to the first slice possible, ms', spread(found.startMs), '≤ 60'],
        ['round trip of 200 B, µs', spread(found.smallUs), '≤ 150'],
        ['the same ÷ a bare process and its thread', spread(found.smallToBare), ''],
        ['round trip of 1 MiB, ms', spread(found.largeMs), ''],
        [`memory (PSS) of one of ${sandboxes}, MB`, spread(found.memoryMb), '≤ 30'],
        ...[...found.speeds].map(([beside, ratios]) => [
          `speed ÷ ${beside}`,
          spread(ratios),
          '≥ 0.95',
        ]),
      ],
      notes: [
        `The plain Nodes are ${nodes.map(({ name }) => name).join(' and ')}; sandboxes have the V8 of their Deno, which is newer still. From V8 14.6 on the hash of a string that was just made takes twice as long: in that strings and objects differ from Node 20.`,
        `99 of 100 round trips of 200 B take less than ${figure(percentile(found.smallUs, 0.99))} µs. The bare process is plain Node: it hands each line to a thread and sends it back.`,
      ],
      raw: { ...found, speeds: Object.fromEntries(found.speeds) },
    }
  },
}

async function measureHost(
  found: Measurements,
  { echo, nodes }: { readonly echo: Program; readonly nodes: readonly PlainNode[] },
  trips: number,
): Promise<void> {
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
    const inside = (slice: number): Promise<string> => runOne(sandbox, slice, small)
    const bare = async (): Promise<string> =>
      (await echo.ask<{ text: string }>({ text: small })).text
    for (const trip of [inside, bare]) await timeTrips(trip, small, 3 * trips)
    const insideMs = await timeTrips(inside, small, trips)
    found.smallToBare.push(median(insideMs) / median(await timeTrips(bare, small, trips)))
    found.smallUs.push(...insideMs.map((ms) => ms * 1000))
    while (pool.length < sandboxes) await start()
    found.memoryMb.push((childrenMemoryMb() - alone) / sandboxes)
    const withMuch = (slice: number): Promise<string> => runOne(sandbox, slice, large)
    found.largeMs.push(...(await timeTrips(withMuch, large, Math.ceil(trips / 20))))
    for (const { name, kernel, size } of kernels) {
      const speeds = await compareSpeed(host, nodes, kernel.toString(), size)
      for (const [index, node] of nodes.entries()) {
        found.speeds.get(besideOf(node, name))?.push(speeds[index] ?? Number.NaN)
      }
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

/** Milliseconds of each of some round trips of a value that comes back as it is. */
async function timeTrips(
  trip: (slice: number) => Promise<string>,
  value: string,
  trips: number,
): Promise<number[]> {
  const times: number[] = []
  for (let slice = 1; slice <= trips; slice++) {
    const began = performance.now()
    const returned = await trip(slice)
    times.push(performance.now() - began)
    if (returned !== value) throw new Error('another value came back')
  }
  return times
}

/** Speed in a sandbox divided by that in each of the Nodes, all in turn; the first turn warms up. */
async function compareSpeed(
  host: SandboxHost,
  nodes: readonly PlainNode[],
  kernel: string,
  size: number,
): Promise<number[]> {
  const sandbox = await startSandbox(host, kernel)
  const inside: number[] = []
  const outside = nodes.map((): number[] => [])
  const answers = new Set<string>()
  let turn = 0
  const computeInside = async (): Promise<void> => {
    const began = performance.now()
    answers.add(await runOne(sandbox, turn, prepareText(size)))
    inside.push(performance.now() - began)
  }
  const contenders = [
    computeInside,
    ...nodes.map((node, index) => async () => {
      const { ms, answer } = await node.compute(kernel, size)
      answers.add(prepareText(answer))
      outside[index]?.push(ms)
    }),
  ]
  for (turn = 1; turn <= 6; turn++) {
    for (const compute of shuffled(contenders)) await compute()
  }
  await sandbox.kill()
  if (answers.size !== 1) throw new Error('a sandbox computed something else than plain Node')
  return outside.map((times) => median(times.slice(1)) / median(inside.slice(1)))
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
