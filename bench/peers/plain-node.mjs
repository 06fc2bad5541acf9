// The ideal: two processes that each compute half, told once what to do. Nothing between slices.
import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { serve } from './serve.mjs'

async function startWorker() {
  const path = fileURLToPath(new URL('plain-node-worker.mjs', import.meta.url))
  const child = spawn(process.execPath, [path], { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  await lines.next()
  return {
    async run(order) {
      child.stdin.write(JSON.stringify(order) + '\n')
      return JSON.parse((await lines.next()).value)
    },
    close: () => child.stdin.end(),
  }
}

const workers = await Promise.all([startWorker(), startWorker()])

async function runAll({ work, size }, inputs) {
  const half = Math.ceil(inputs.length / 2)
  const halves = [inputs.slice(0, half), inputs.slice(half)]
  const results = workers.map((worker, index) =>
    worker.run({ name: work, size, inputs: halves[index] }),
  )
  return (await Promise.all(results)).flat()
}

await serve({
  runAll,
  runOne: async (order, input) => (await runAll(order, [input]))[0],
  close: async () => {
    for (const worker of workers) worker.close()
  },
})
