// Results fetched again afterwards, by the id of the job alone.
async function main() {
  const compute = require('dcp/compute')
  const { fetchResults } = require('dcp/job')
  const job = compute.for(1, 5, (value) => {
    progress(1)
    return `result ${value}`
  })
  await job.exec()
  const all = await fetchResults(job.id)
  console.log(all.sort((a, b) => a.slice - b.slice).map(({ value }) => value))
  console.log(await fetchResults(job.id, { start: 2, end: 3 }))
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
