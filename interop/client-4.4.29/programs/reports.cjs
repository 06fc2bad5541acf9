// What the scheduler reports about a job and its slices, as this client asks for it.
async function main() {
  const compute = require('dcp/compute')
  const job = compute.for(1, 3, (value) => {
    progress(1)
    return value
  })
  await job.exec()
  const { status, totalSlices, slices } = await compute.getJobInfo(job.id)
  console.log(status, totalSlices, slices.length)
  const info = await compute.getSliceInfo(job.address)
  for (const { sliceNumber, status: state } of info.slices) console.log(sliceNumber, state)
  const unknown = compute.getSliceInfo(`j${'0'.repeat(22)}`)
  console.log((await unknown.catch((error) => error)).code)
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
