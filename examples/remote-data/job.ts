// The job, by our own client. DATA_SERVER says where the data server is, GROUP (`key,secret`) which
// compute group computes, TOKEN what results are posted with.
import { RemoteDataPattern, RemoteDataSet } from '@manyhands/client'
import { connect } from '@manyhands/client/node'

const { DATA_SERVER: server = '', GROUP: group = '', TOKEN: token = '' } = process.env
const [joinKey = '', joinSecret = ''] = group.split(',')

await using computer = await connect()
// Once: its owner makes the group. Refused when there is one of this name, which is as good.
await computer.computeGroups.createGroup({ joinKey, joinSecret }, 'The wards')

const job = computer.compute.for(
  new RemoteDataPattern(`${server}/wards/{slice}.json`, 10),
  new URL(`${server}/work.js`),
  new RemoteDataSet(`${server}/measurements.json`),
)
job.computeGroups = [{ joinKey, joinSecret }]
job.setResultStorage(`${server}/results`, { token })
const stored = await job.exec()
console.log(Array.from(stored).join('\n'))
console.log(await (await fetch(`${server}/answer`)).text())
