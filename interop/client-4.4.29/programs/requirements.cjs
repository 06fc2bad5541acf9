// Requirements as this client writes them: what a worker must have, and what it must not have.
async function main() {
  const compute = require('dcp/compute')
  const work = () => {
    progress(1)
    return (function () {
      return this === undefined
    })()
  }
  const strict = compute.for(1, 2, work)
  strict.requirements.useStrict = true
  strict.requirements.engine = { spidermonkey: false }
  console.log(Array.from(await strict.exec()))
  const sloppy = compute.for(1, 2, work)
  console.log(Array.from(await sloppy.exec()))

  const nowhere = compute.for(1, 2, work)
  nowhere.requirements.engine = { spidermonkey: true }
  const finished = nowhere.exec().catch((error) => error.code)
  await new Promise((resolve) => nowhere.once('accepted', resolve))
  // Another job, deployed later, is computed; this one has no worker.
  await compute.for(1, 2, work).exec()
  const { total, distributed } = await compute.status(nowhere.id)
  console.log(total, distributed)
  await nowhere.cancel()
  console.log(await finished)
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
