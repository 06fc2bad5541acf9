// A work function that throws: every error is told, then the job is given up.
async function main() {
  const compute = require('dcp/compute')
  const job = compute.for(1, 1, (value) => {
    progress(1)
    throw new TypeError(`no ${value} today`)
  })
  const errors = []
  job.on('error', (error) => errors.push(error))
  try {
    await job.exec()
    console.log('resolved')
  } catch (error) {
    console.log(errors.length > 0, errors[0]?.name, errors[0]?.message, errors[0]?.sliceNumber)
    console.log(error.code)
  }
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
