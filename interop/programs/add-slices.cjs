// A job that stays open: slices are added while it runs, then it is closed.
async function main() {
  const compute = require('dcp/compute')
  const { addSlices } = require('dcp/job')
  const job = compute.for([1, 2], (value) => {
    progress(1)
    return -value
  })
  job.autoClose = false
  const arrived = []
  job.on('result', ({ result }) => arrived.push(result))
  const finished = job.exec()
  await new Promise((resolve) => job.once('accepted', resolve))
  await addSlices([3, 4], job.id)
  await job.close()
  console.log(Array.from(await finished), arrived.length)
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
