// Results deleted at the scheduler by the result handle, which this client still can.
async function main() {
  const compute = require('dcp/compute')
  const { fetchResults } = require('dcp/job')
  const job = compute.for(1, 4, (value) => {
    progress(1)
    return value * 10
  })
  const results = await job.exec()
  console.log(await results.delete({ start: 2, end: 3 }))
  const left = await fetchResults(job.address)
  console.log(left.map(({ slice, value }) => [slice, value]))
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
