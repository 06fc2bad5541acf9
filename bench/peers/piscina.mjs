// piscina: two threads of this very process. Nothing is stored, nothing crosses a socket: the
// ceiling for anything that does.
import { Piscina } from 'piscina'

import { serve } from './serve.mjs'

const [prefetch] = process.argv.slice(2)

const pool = new Piscina({
  filename: new URL('piscina-worker.mjs', import.meta.url).href,
  name: 'compute',
  minThreads: 2,
  maxThreads: 2,
  idleTimeout: Infinity,
  // More than ten at once in a thread is slower again.
  concurrentTasksPerWorker: Math.min(10, Number(prefetch)),
})

const runOne = ({ work, size }, input) => pool.run({ name: work, input, size })

await serve({
  runOne,
  runAll: (order, inputs) => Promise.all(inputs.map((input) => runOne(order, input))),
  close: () => pool.destroy(),
})
