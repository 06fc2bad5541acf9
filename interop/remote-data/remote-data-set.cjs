// A set of locations as input, and another as arguments.
async function main() {
  const compute = require('dcp/compute')
  const { DATA_SERVER: server, GROUP: group } = process.env
  const [joinKey, joinSecret] = group.split(',')
  const at = (ward) => `${server}/wards/${ward}.json`
  const job = compute.for(
    new compute.RemoteDataSet(at(1), at(10)),
    (ward, names) => {
      progress(1)
      return `${ward.length} patients, ${names.length} measurements`
    },
    new compute.RemoteDataSet(`${server}/measurements.json`),
  )
  job.computeGroups = [{ joinKey, joinSecret }]
  console.log(Array.from(await job.exec()))
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
