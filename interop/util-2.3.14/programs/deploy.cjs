// Deploys a job for the utilities to look at and prints its names as JSON: `deploy.cjs JSON`, where
// `waits` asks for a worker that there is not, so that the job stays, and `group` is where it goes.
async function main() {
  const compute = require('dcp/compute')
  const { waits, group } = JSON.parse(process.argv[2])
  const job = compute.for(1, 3, (value) => {
    progress(1)
    return { double: value * 2 }
  })
  if (waits) job.requirements.engine = { spidermonkey: true }
  if (group) job.computeGroups = [group]
  const ended = job.exec()
  if (waits) await Promise.race([ended, new Promise((resolve) => job.once('accepted', resolve))])
  else await ended
  console.log(JSON.stringify({ id: job.id, address: String(job.address) }))
}

require('dcp-client')
  .init()
  .then(main)
  .catch(({ code }) => console.log(JSON.stringify({ code })))
  .finally(() => process.exit())
