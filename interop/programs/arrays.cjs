// Values deployed one by one: strings, objects, and what the result handle tells of them.
async function main() {
  const compute = require('dcp/compute')
  const job = compute.for(['a', 'bc', 'def'], (text) => {
    progress(1)
    return text.length
  })
  const results = await job.exec()
  console.log(Array.from(results), results.keys(), results.values(), results.entries())
  console.log(results.fromEntries(), results.key(1), results.lookupValue('def'), results[0])

  const people = [
    { name: 'Ada', born: 1815 },
    { name: 'Alan', born: 1912 },
  ]
  const ages = compute.for(people, (person) => {
    progress(1)
    return { ...person, age: 2000 - person.born }
  })
  console.log(Array.from(await ages.exec()))
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
