import { Worker } from 'bullmq'

import { work } from './work.mjs'

const [port, prefetch] = process.argv.slice(2)

const worker = new Worker(
  'bench',
  async ({ name, data: { input, size } }) => {
    const value = work[name](input, size)
    return value instanceof Uint8Array ? Buffer.from(value.buffer).toString('base64') : value
  },
  {
    connection: { host: '127.0.0.1', port: Number(port), maxRetriesPerRequest: null },
    // More than a hundred at once is slower again.
    concurrency: Math.min(100, Number(prefetch)),
  },
)
worker.on('error', (error) => process.stderr.write(`${error.stack}\n`))
await worker.waitUntilReady()
process.stdout.write('ready\n')
process.stdin.resume().on('end', () => process.exit(0))
