// A work function and an argument at other locations, values in the program.
async function main() {
  const compute = require('dcp/compute')
  const { DATA_SERVER: server, GROUP: group } = process.env
  const [joinKey, joinSecret] = group.split(',')
  const job = compute.for([[[2, 3, 1]], [[4, 5, 0]]], new URL(`${server}/work.js`), [
    ['width', 'height'],
  ])
  job.computeGroups = [{ joinKey, joinSecret }]
  for (const { benign, malignant } of await job.exec()) console.log(benign.sums, malignant.squares)

  const remote = compute.for(
    [1],
    (value, names) => {
      progress(1)
      return names[value - 1]
    },
    new compute.RemoteDataSet(`${server}/measurements.json`),
  )
  remote.computeGroups = [{ joinKey, joinSecret }]
  console.log(Array.from(await remote.exec()))
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
