// A job that would never end, cancelled by its handle.
async function main() {
  const compute = require('dcp/compute')
  const job = compute.for(1, 1_000_000_000, (value) => {
    progress(1)
    return value
  })
  job.on('cancel', ({ runStatus }) => console.log('cancelled', runStatus))
  const finished = job.exec().catch((error) => console.log(error.code, error.message))
  await new Promise((resolve) => job.once('result', resolve))
  const reply = await job.cancel('seen enough')
  console.log(reply.status)
  await finished
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
