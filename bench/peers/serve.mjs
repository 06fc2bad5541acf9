// What every submitting program has in common: it answers orders, one line of JSON each, and its
// clock runs from the first submission to the last result.
import { createInterface } from 'node:readline'

import { countWrong, inputsOf } from './work.mjs'

/**
 * Serves a system until standard input ends.
 * - `runAll(order, inputs)` submits all inputs at once and returns the results in their order;
 * - `runOne(order, input)` submits one input and returns its result.
 */
export async function serve({ runAll, runOne, close, more = {} }) {
  const kinds = {
    async all(order) {
      const inputs = inputsOf(order)
      const began = performance.now()
      const results = await runAll(order, inputs)
      const ms = performance.now() - began
      return { ms, wrong: countWrong(order, results) }
    },

    async serial(order) {
      const results = []
      const latenciesMs = []
      for (const input of inputsOf(order)) {
        const began = performance.now()
        results.push(await runOne(order, input))
        latenciesMs.push(performance.now() - began)
      }
      return { latenciesMs, wrong: countWrong(order, results) }
    },
    ...more,
  }

  process.stdout.write('ready\n')
  for await (const line of createInterface({ input: process.stdin })) {
    const { kind, ...order } = JSON.parse(line)
    const reply = await kinds[kind](order).catch((error) => ({ error: String(error?.stack) }))
    process.stdout.write(JSON.stringify(reply) + '\n')
  }
  await close()
}
