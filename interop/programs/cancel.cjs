// A job that would never end, cancelled by its handle.
async function main() {
  const compute = require('dcp/compute')
  const job = compute.for(1, 1_000_000_000, (value) => {
    progress(1)
    return value
  })
  const told = new Promise((resolve) => job.once('cancel', resolve))
  const finished = job.exec().catch((error) => error)
  await new Promise((resolve) => job.once('result', resolve))
  const reply = await job.cancel('seen enough')
  console.log(reply.status)
  console.log('cancelled', (await told).runStatus)
  const { code, message } = await finished
  console.log(code, message)
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
