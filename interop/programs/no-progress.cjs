// A work function that never calls progress, which official workers do not accept: the owner hears of
// each try, and in the end the job is cancelled.
async function main() {
  const compute = require('dcp/compute')
  const job = compute.for([1], (value) => value)
  const heard = []
  job.on('noProgress', ({ sliceNumber, code, message }) => heard.push([sliceNumber, code, message]))
  job.on('error', ({ sliceNumber, name, message }) => heard.push([sliceNumber, name, message]))
  const error = await job.exec().catch((reason) => reason)
  await new Promise((resolve) => setTimeout(resolve, 500))
  console.log(heard.slice(0, 2))
  console.log(error.code)
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
