// What a sandbox does with a slice, and nothing else: a process hands each line to a thread of its
// own and sends back what comes of it.
import { createInterface } from 'node:readline'
import { isMainThread, parentPort, Worker } from 'node:worker_threads'

if (isMainThread) {
  const thread = new Worker(new URL(import.meta.url))
  thread.on('message', (order) => process.stdout.write(JSON.stringify(order) + '\n'))
  process.stdout.write('ready\n')
  for await (const line of createInterface({ input: process.stdin })) {
    thread.postMessage(JSON.parse(line))
  }
  await thread.terminate()
} else {
  parentPort.on('message', (order) => parentPort.postMessage(order))
}
