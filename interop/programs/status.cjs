// What the scheduler tells of a job and of all jobs.
async function main() {
  const compute = require('dcp/compute')
  const job = compute.for(1, 3, (value) => {
    progress(1)
    return value
  })
  job.public.name = 'status of a job'
  await job.exec()
  const { status, total, computed, name } = await compute.status(job.id)
  console.log(status, total, computed, name)
  const finished = await compute.status({ statuses: ['finished'] })
  console.log(finished.some((one) => one.job === job.id))
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
