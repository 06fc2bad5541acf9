// A client as a program of its own, the same for every package: deploys the jobs of its order at
// their times and prints a line of JSON for each when it has ended. Its one argument is the order.
const { isDeepStrictEqual } = require('util')

const say = (line) => process.stdout.write(`${JSON.stringify(line)}\n`)

async function work(element, restMs, factor) {
  progress(0.5)
  await new Promise((resolve) => setTimeout(resolve, restMs))
  let sum = 0
  for (let round = 0; round < 1e5; round++) sum = (sum + round) % 7
  progress(1)
  if (typeof element === 'number') return element * factor + 0.5 + 0 * sum
  if (typeof element === 'string') return `${element}, ${factor} times`
  if (typeof element.length === 'number') return element.reduce((total, n) => total + n, 0) * factor
  return { ...element, n: element.n * factor }
}

/** Input and what must come out of it. */
function setOf({ kind, slices, factor }) {
  const numbers = Array.from({ length: slices }, (_, at) => at + 1)
  switch (kind) {
    case 'range':
      return [[1, slices], numbers.map((n) => n * factor + 0.5)]
    case 'steps':
      return [
        [{ start: 10, end: 10 + 3 * (slices - 1), step: 3 }],
        numbers.map((n) => (10 + 3 * (n - 1)) * factor + 0.5),
      ]
    case 'values':
      return [
        [numbers.map((n) => ({ n, text: `é#${n}` }))],
        numbers.map((n) => ({ n: n * factor, text: `é#${n}` })),
      ]
    case 'texts':
      return [[numbers.map((n) => `text ${n}`)], numbers.map((n) => `text ${n}, ${factor} times`)]
    default:
      return [
        [numbers.map((n) => new Float64Array([n, 0.5]))],
        numbers.map((n) => (n + 0.5) * factor),
      ]
  }
}

async function deploy(one, index) {
  const compute = require('dcp/compute')
  await new Promise((resolve) => setTimeout(resolve, one.atMs))
  const [input, expected] = setOf(one)
  const began = Date.now()
  const told = { index, kind: one.kind, slices: one.slices }
  let job
  try {
    job = compute.for(...input, work, [one.restMs, one.factor])
    const results = Array.from(await job.exec())
    const right = isDeepStrictEqual(results, expected)
    const wrong = right ? '' : JSON.stringify(results).slice(0, 500)
    say({ ...told, job: job.id, ok: right, seconds: (Date.now() - began) / 1000, wrong })
  } catch (error) {
    say({ ...told, job: job?.id, ok: false, wrong: `${error?.code}: ${error?.message}` })
  }
}

async function main() {
  const { jobs } = JSON.parse(process.argv[2])
  await Promise.all(jobs.map(deploy))
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => say({ ok: false, wrong: `${error?.code}: ${error?.stack}` }))
  .finally(() => setImmediate(() => process.exit()))
