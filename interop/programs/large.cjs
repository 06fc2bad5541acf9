// Values of megabytes: in a slice, in an argument, in a result.
async function main() {
  const compute = require('dcp/compute')
  const work = (text, suffix) => {
    progress(1)
    return text + suffix
  }
  const inputs = ['a'.repeat(5_000_000), 'b'.repeat(1_000)]
  const results = Array.from(await compute.for(inputs, work, ['z'.repeat(2_000_000)]).exec())
  console.log(results.map((text) => [text.length, text[0], text.at(-1)]))
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
