// Events of a job that goes well, in their order.
async function main() {
  const compute = require('dcp/compute')
  const job = compute.for(1, 2, (value) => {
    progress(0.5)
    console.log('computing', value)
    work.emit('halfway', { value })
    progress(1)
    return value * value
  })
  const states = []
  const told = []
  job.on('readyStateChange', (state) => states.push(state))
  job.on('accepted', () => console.log('accepted', job.id.length))
  job.on('console', ({ level, message, sliceNumber }) => told.push([sliceNumber, level, message]))
  job.on('result', ({ sliceNumber, result }) => told.push([sliceNumber, 'result', result]))
  job.work.on('halfway', ({ data, sliceNumber }) => told.push([sliceNumber, 'emitted', data]))
  let last
  job.on('status', ({ total, computed }) => (last = { total, computed }))
  job.on('complete', () => console.log('complete'))
  await job.exec()
  await new Promise((resolve) => setTimeout(resolve, 500))
  console.log(states.join(' '))
  told.sort(([a, b], [c, d]) => a - c || (b < d ? -1 : 1))
  for (const one of told) console.log(...one)
  console.log(last)
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
