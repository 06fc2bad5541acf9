// A compute kernel in plain Node, for as often as it is asked: one line of JSON each.
import { createInterface } from 'node:readline'

process.stdout.write(`${process.version} (V8 ${process.versions.v8})\n`)
const kernels = new Map()
for await (const line of createInterface({ input: process.stdin })) {
  const { kernel, size } = JSON.parse(line)
  if (!kernels.has(kernel)) {
    const source = encodeURIComponent(`export const compute = ${kernel}`)
    kernels.set(kernel, (await import(`data:text/javascript,${source}`)).compute)
  }
  const compute = kernels.get(kernel)
  const began = performance.now()
  const answer = compute(size)
  process.stdout.write(JSON.stringify({ ms: performance.now() - began, answer }) + '\n')
}
