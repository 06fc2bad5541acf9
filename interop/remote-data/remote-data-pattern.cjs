// Locations that differ by the number of their slice as input.
async function main() {
  const compute = require('dcp/compute')
  const { DATA_SERVER: server, GROUP: group } = process.env
  const [joinKey, joinSecret] = group.split(',')
  const pattern = new compute.RemoteDataPattern(`${server}/wards/{slice}.json`, 10)
  const job = compute.for(pattern, (ward) => {
    progress(1)
    return ward.length
  })
  job.computeGroups = [{ joinKey, joinSecret }]
  console.log(Array.from(await job.exec()).join(' '))
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
