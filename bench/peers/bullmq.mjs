// BullMQ: a queue in Redis; results come back through its event stream.
import { Queue, QueueEvents } from 'bullmq'

import { serve } from './serve.mjs'

const [port] = process.argv.slice(2)
const connection = { host: '127.0.0.1', port: Number(port), maxRetriesPerRequest: null }
const queue = new Queue('bench', {
  connection,
  // The default of 10,000 events would be trimmed before they are read.
  streams: { events: { maxLen: 1_000_000 } },
  defaultJobOptions: { removeOnComplete: true, removeOnFail: true },
})
const events = new QueueEvents('bench', { connection })
await Promise.all([queue.waitUntilReady(), events.waitUntilReady()])

const arrived = new Map()
let wake = () => {}
events.on('completed', ({ jobId, returnvalue }) => {
  arrived.set(jobId, returnvalue)
  wake()
})
let failure
events.on('failed', ({ failedReason }) => {
  failure = new Error(failedReason)
  wake()
})

async function collect(ids, { work }) {
  while (arrived.size < ids.length) {
    await new Promise((resolve) => (wake = resolve))
    if (failure) throw failure
  }
  const values = ids.map((id) => arrived.get(id))
  arrived.clear()
  return work === 'bytes'
    ? values.map((text) => new Uint8Array(Buffer.from(text, 'base64')))
    : values
}

async function runAll(order, inputs) {
  const { work, size } = order
  const batch = ['length', 'string', 'bytes'].includes(work) ? 10 : 1000
  const ids = []
  for (let from = 0; from < inputs.length; from += batch) {
    const jobs = await queue.addBulk(
      inputs.slice(from, from + batch).map((input) => ({ name: work, data: { input, size } })),
    )
    ids.push(...jobs.map((job) => job.id))
  }
  return collect(ids, order)
}

async function runOne(order, input) {
  const { work, size } = order
  const job = await queue.add(work, { input, size })
  const [value] = await collect([job.id], order)
  return value
}

/** Submits that many items, takes the time, and forgets them. */
async function deploy({ count }) {
  await queue.pause()
  const began = performance.now()
  for (let from = 0; from < count; from += 1000) {
    await queue.addBulk(
      Array.from({ length: Math.min(1000, count - from) }, (_, index) => ({
        name: 'increment',
        data: { input: from + index + 1 },
      })),
    )
  }
  const ms = performance.now() - began
  await queue.drain()
  await queue.resume()
  return { ms }
}

await serve({
  runAll,
  runOne,
  more: { deploy },
  close: async () => {
    await events.close()
    await queue.close()
  },
})
