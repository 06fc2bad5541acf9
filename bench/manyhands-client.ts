// The submitting program of our own system: deploys through the public client, nothing else.
import { connect } from '@manyhands/client/node'

import { directorySize } from './directory-size.ts'
import { serve } from './peers/serve.mjs'
import { work, type WorkOrder } from './peers/work.mjs'

/** What became of a range that was deployed, watched for a while and cancelled. */
export interface RangeReply {
  readonly acceptedMs: number
  readonly firstResultMs: number
  readonly thousandthResultMs: number
  /** Growth of the data directory until the job was accepted. */
  readonly acceptedBytes: number
  readonly wrong: number
}

const client = await connect()
const { compute } = client

/** Which work is known only when an order comes: it is deployed as text. */
const textOf = (name: WorkOrder['work']): string => work[name].toString()

function runAll(
  order: WorkOrder,
  inputs: readonly (number | string)[],
): Promise<ArrayLike<unknown>> {
  const { work: name, count, size } = order
  // Numbers are deployed as the range they are; texts by value.
  if (name === 'length') return compute.for(inputs, textOf(name)).exec()
  return compute.for(1, count, textOf(name), [size]).exec()
}

await serve({
  runAll,
  async runOne({ work: name, size }, input) {
    const number = Number(input)
    const results = await compute.for(number, number, textOf(name), [size]).exec()
    return results[0]
  },
  close: () => client.close(),
  more: {
    append: appendOneByOne,
    range: deployRange,
  },
})

/** One slice after the other, each added to the same open job. */
async function appendOneByOne({ work: name, count, size }: WorkOrder): Promise<object> {
  const job = compute.for([0], textOf(name), [size])
  job.autoClose = false
  let arrive: (value: unknown) => void = () => undefined
  job.on('result', ({ result }) => arrive(result))
  const nextResult = (): Promise<unknown> => new Promise((resolve) => (arrive = resolve))
  const first = nextResult()
  const finished = job.exec()
  await first
  const latenciesMs: number[] = []
  let wrong = 0
  for (let input = 1; input <= count; input++) {
    const began = performance.now()
    const result = nextResult()
    await job.addSlices([input])
    if ((await result) !== input + 1) wrong += 1
    latenciesMs.push(performance.now() - began)
  }
  await job.close()
  await finished
  return { latenciesMs, wrong }
}

async function deployRange(order: object): Promise<RangeReply> {
  const { end, directory } = order as { end: number; directory: string }
  const bytesBefore = await directorySize(directory)
  const began = performance.now()
  const job = compute.for(1, end, work.increment)
  const values = new Map<number, unknown>()
  let firstResultMs = Number.NaN
  const enough = new Promise<void>((resolve) => {
    job.on('result', ({ sliceNumber, result }) => {
      if (values.size === 0) firstResultMs = performance.now() - began
      values.set(sliceNumber, result)
      if (values.size === Math.min(end, 1000)) resolve()
    })
  })
  const accepted = new Promise<number>((resolve) => {
    job.on('accepted', () => resolve(performance.now() - began))
  })
  const finished = Promise.resolve(job.exec()).catch(() => undefined)
  const acceptedMs = await accepted
  const acceptedBytes = (await directorySize(directory)) - bytesBefore
  await enough
  const thousandthResultMs = performance.now() - began
  if (end > 1000) await job.cancel()
  await finished
  const wrong = [...values].filter(([slice, result]) => result !== slice + 1).length
  return { acceptedMs, firstResultMs, thousandthResultMs, acceptedBytes, wrong }
}
