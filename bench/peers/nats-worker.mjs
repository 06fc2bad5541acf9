import { jetstream } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'

import { decodeFrame, encodeFrame } from './nats-frame.mjs'
import { work } from './work.mjs'

const [port, prefetch] = process.argv.slice(2)
const connection = await connect({ servers: `127.0.0.1:${port}` })
const consumer = await jetstream(connection).consumers.get('bench', 'workers')
const messages = await consumer.consume({ max_messages: Number(prefetch) })
process.stdin.resume().on('end', () => process.exit(0))
process.stdout.write('ready\n')
for await (const message of messages) {
  const [, kind, size] = message.subject.split('.')
  const { position, value } = decodeFrame(message.data)
  connection.publish('results', encodeFrame(position, work[kind](value, Number(size))))
  message.ack()
}
