// NATS JetStream: work in a work-queue stream on file; results on a plain subject.
import {
  AckPolicy,
  jetstream,
  jetstreamManager,
  RetentionPolicy,
  StorageType,
} from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'

import { decodeFrame, encodeFrame } from './nats-frame.mjs'
import { serve } from './serve.mjs'

const [port] = process.argv.slice(2)
const connection = await connect({ servers: `127.0.0.1:${port}` })
const manager = await jetstreamManager(connection)
await manager.streams.add({
  name: 'bench',
  subjects: ['work.>'],
  retention: RetentionPolicy.Workqueue,
  storage: StorageType.File,
})
await manager.consumers.add('bench', {
  durable_name: 'workers',
  ack_policy: AckPolicy.Explicit,
  max_ack_pending: 2000,
})
const stream = jetstream(connection)

let results = []
let missing = 0
let finish = () => {}
connection.subscribe('results', {
  callback: (error, message) => {
    if (error) throw error
    const { position, value } = decodeFrame(message.data)
    if (position in results) throw new Error(`result ${position} came twice`)
    results[position] = value
    missing -= 1
    if (missing === 0) finish()
  },
})

// How many publications may wait for the server's answer.
const publicationsMax = 1000

async function runAll({ work, size }, inputs) {
  results = []
  missing = inputs.length
  const done = new Promise((resolve) => (finish = resolve))
  const subject = `work.${work}.${size}`
  const limit = work === 'length' ? 10 : publicationsMax
  const answers = []
  for (const [index, input] of inputs.entries()) {
    if (index >= limit) await answers[index - limit]
    answers.push(stream.publish(subject, encodeFrame(index, input)))
  }
  await Promise.all(answers)
  await done
  return results
}

await serve({
  runAll,
  runOne: async (order, input) => (await runAll(order, [input]))[0],
  close: () => connection.close(),
})
