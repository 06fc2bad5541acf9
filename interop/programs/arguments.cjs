// Arguments come after the slice's value, with their types; an argument of 1 MB too.
async function main() {
  const compute = require('dcp/compute')
  const work = (value, factor, options, list, large) => {
    progress(1)
    return [value * factor, options.unit, list.reduce((sum, one) => sum + one, 0), large.length]
  }
  const workArguments = [10, { unit: 'km' }, new Float64Array([0.5, 1.5]), 'x'.repeat(1_000_000)]
  console.log(Array.from(await compute.for(1, 2, work, workArguments).exec()))
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
