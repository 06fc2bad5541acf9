// A job cancelled by its id and the keystore that owns it, as another program would do it.
async function main() {
  const compute = require('dcp/compute')
  const wallet = require('dcp/wallet')
  const job = compute.for(1, 1_000_000, (value) => {
    progress(1)
    return value
  })
  const finished = job.exec().catch((error) => error)
  await new Promise((resolve) => job.once('result', resolve))
  const keystore = await wallet.getId()
  const reply = await compute.cancel(job.id, keystore, 'not needed any more')
  console.log(reply.status)
  const { code, message } = await finished
  console.log(code, message)
  console.log((await compute.status(job.id)).status)
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
