// Results that are posted to a place of their owner's; what it answers is what the client gets.
async function main() {
  const compute = require('dcp/compute')
  const { DATA_SERVER: server, GROUP: group, TOKEN: token } = process.env
  const [joinKey, joinSecret] = group.split(',')
  const storages = [
    { place: 'results', fields: { token } },
    { place: 'results/{job}/{slice}', fields: { token, element: '7' } },
  ]
  for (const { place, fields } of storages) {
    const job = compute.for(1, 2, (value) => {
      progress(1)
      return { value }
    })
    job.computeGroups = [{ joinKey, joinSecret }]
    job.setResultStorage(new URL(`${server}/${place}`), fields)
    console.log(Array.from(await job.exec()))
  }
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
