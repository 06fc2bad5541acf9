// A work function with a module of the program's own folder, which needs another one.
async function main() {
  const compute = require('dcp/compute')
  const job = compute.for([1, 2, 3], (value) => {
    progress(1)
    return require('./modules/local/double').double(value)
  })
  job.requires('./modules/local/double')
  console.log(Array.from(await job.exec()))
  // The same modules again: the bundle is there already.
  const again = compute.for([4], (value) => {
    progress(1)
    return require('./modules/local/double').double(value)
  })
  again.requires('./modules/local/double')
  console.log(Array.from(await again.exec()))
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
