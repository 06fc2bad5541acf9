// The same job as a program of the Compute API: for the official dcp-client, or for our package in
// its place.
async function main() {
  const compute = require('dcp/compute')
  const groups = require('dcp/compute-groups')
  const { DATA_SERVER: server, GROUP: group, TOKEN: token } = process.env
  const [joinKey, joinSecret] = group.split(',')
  await groups.createGroup({ joinKey, joinSecret }, 'The wards')

  const job = compute.for(
    new compute.RemoteDataPattern(`${server}/wards/{slice}.json`, 10),
    new URL(`${server}/work.js`),
    new compute.RemoteDataSet(`${server}/measurements.json`),
  )
  job.computeGroups = [{ joinKey, joinSecret }]
  job.setResultStorage(new URL(`${server}/results`), { token })
  const stored = await job.exec()
  console.log(Array.from(stored).join('\n'))
  console.log(await (await fetch(`${server}/answer`)).text())
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => setImmediate(() => process.exit()))
