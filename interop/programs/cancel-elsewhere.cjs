// A running job, far ahead of this reader of its results, cancelled by another process that knows its id
// and has the same keystore.
const { execFile } = require('child_process')
const { promisify } = require('util')

async function main(id) {
  const compute = require('dcp/compute')
  if (id !== undefined) {
    const keystore = await require('dcp/wallet').getId()
    const { status } = await compute.cancel(id, keystore, 'not needed any more')
    console.log(status)
    return
  }
  const job = compute.for(1, 1_000_000, (value) => {
    progress(1)
    return value
  })
  const told = new Promise((resolve) => job.once('cancel', resolve))
  const finished = job.exec().catch((error) => error)
  await new Promise((resolve) => job.once('result', resolve))
  const other = await promisify(execFile)(process.execPath, [__filename, job.id])
  console.log('the other process:', other.stdout.trim())
  console.log('told:', (await told).runStatus)
  const { code, message } = await finished
  console.log(code, message)
  console.log((await compute.status(job.id)).status)
}

require('dcp-client')
  .init()
  .then(() => main(process.argv[2]))
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
