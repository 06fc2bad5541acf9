// Values that JSON does not know, in and out.
async function main() {
  const compute = require('dcp/compute')
  const inputs = [
    new Map([['a', new Date(0)]]),
    new Set([1, 'two']),
    new Date(86_400_000),
    new Uint8Array([1, 2, 255]),
    new Float32Array([0.5, -1]),
    12345678901234567890n,
    /ab+c/gi,
    [undefined, null, NaN, -Infinity],
  ]
  const job = compute.for(inputs, (value) => {
    progress(1)
    return { type: Object.prototype.toString.call(value).slice(8, -1), value }
  })
  for (const result of Array.from(await job.exec())) console.log(result)

  const nothing = compute.for(1, 1, () => {
    progress(1)
  })
  console.log(Array.from(await nothing.exec()))
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
