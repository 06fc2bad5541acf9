// The events that events.cjs does not show: repeated lines of the console, results that come again,
// the end, what is emitted under several names, and listeners that come late.
async function main() {
  const compute = require('dcp/compute')
  const job = compute.for(1, 3, (value) => {
    progress(0.5)
    for (let time = 0; time < 3; time++) console.warn('again and again')
    console.error('then', { value })
    work.emit('begun', value)
    work.emit('ended', { value, list: [value] })
    progress(1)
    return -value
  })
  const told = { console: [], updated: [], begun: [], ended: [], late: [], results: [] }
  job.on('console', ({ sliceNumber, level, message, same }) => {
    if (sliceNumber === 1) told.console.push([level, message[0], same ?? 1])
  })
  job.on('resultsUpdated', ({ sliceNumber }) => told.updated.push(sliceNumber))
  job.on('result', ({ sliceNumber }) => told.results.push(sliceNumber))
  job.work.on('begun', ({ data }) => told.begun.push(data))
  job.work.on('ended', ({ data }) => told.ended.push(data.list[0]))
  job.on('stopped', (runStatus) => console.log('stopped', runStatus))
  job.on('complete', (results) => console.log('complete', Array.from(results)))
  // Nobody listened to this one before the job was deployed.
  job.once('accepted', () => job.on('status', ({ computed }) => told.late.push(computed)))
  await job.exec()
  await job.results.fetch([2, 3], 'all')
  await new Promise((resolve) => setTimeout(resolve, 500))
  for (const name of ['updated', 'begun', 'ended', 'results']) told[name].sort()
  console.log(told.console)
  console.log(told.updated, told.results)
  console.log(told.begun, told.ended)
  console.log(told.late.at(-1))
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
