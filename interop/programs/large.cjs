// Values of megabytes: 5 in a slice, 20 in an argument, 7 in a result.
async function main() {
  const compute = require('dcp/compute')
  const work = (text, suffix) => {
    progress(1)
    return [text + suffix.slice(0, 2_000_000), suffix.length]
  }
  const inputs = ['a'.repeat(5_000_000), 'b'.repeat(1_000)]
  const results = Array.from(await compute.for(inputs, work, ['z'.repeat(20_000_000)]).exec())
  console.log(results.map(([text, length]) => [text.length, text[0], text.at(-1), length]))
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
