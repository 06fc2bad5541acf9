// Input sets that are generators and other iterables.
async function main() {
  const compute = require('dcp/compute')
  function* squares() {
    for (let i = 1; i <= 4; i++) yield i * i
  }
  const half = (value) => {
    progress(1)
    return value / 2
  }
  console.log(Array.from(await compute.for(squares(), half).exec()))
  console.log(Array.from(await compute.for(new Set([6, 8]), half).exec()))
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
