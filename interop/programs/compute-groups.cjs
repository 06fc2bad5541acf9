// Compute groups by their API: make one, deploy into it with its secret, see, change and empty it,
// delete it.
async function main() {
  const compute = require('dcp/compute')
  const groups = require('dcp/compute-groups')
  const joinKey = `lab-${process.pid}`
  const group = { joinKey, joinSecret: 'a secret' }
  const made = await groups.createGroup(group, 'the lab', 'for tests', { commissionRate: 0.25 })
  console.log(made.success, made.payload?.length)
  console.log((await groups.createGroup(group, 'again')).error?.code)

  const jobs = []
  for (const joinSecret of ['a secret', 'a secret']) {
    const job = compute.for(1, 2, (value) => {
      progress(1)
      return value
    })
    job.computeGroups = [{ joinKey, joinSecret }]
    const ended = job.exec().catch((error) => error.code)
    await new Promise((resolve) => job.once('accepted', resolve))
    jobs.push({ job, ended })
  }
  const listed = async () => (await groups.listJobs({ joinKey })).payload.length
  console.log(await listed())
  const [first, second] = jobs
  console.log((await groups.removeJob(first.job.address, { joinKey })).success, await listed())
  const changed = await groups.changeGroup({ joinKey }, { name: 'the new lab' })
  console.log(changed.payload?.name)
  console.log((await groups.removeAllJobs({ joinKey })).payload?.length, await listed())
  for (const { job, ended } of [first, second]) {
    await job.cancel()
    console.log(await ended)
  }
  console.log((await groups.deleteGroup({ joinKey })).success)
  console.log((await groups.listJobs({ joinKey })).error?.code)
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
