// Jobs in two compute groups that the worker has joined, in one that it has not, and in the public
// group, which it has left. The first two are computed; nobody ever looks at the others.
async function main() {
  const compute = require('dcp/compute')
  const deploy = async (group) => {
    const job = compute.for(1, 3, (value) => {
      progress(1)
      return value * 2
    })
    if (group !== undefined) job.computeGroups = [group]
    const done = job.exec().then((results) => Array.from(results))
    // Those that nobody computes are cancelled.
    done.catch(() => undefined)
    await new Promise((resolve) => job.once('accepted', resolve))
    return { job, done }
  }
  const [first, second, foreign] = JSON.parse(process.env.GROUPS)
  const idle = [await deploy(foreign), await deploy(undefined)]
  const computed = [await deploy(first), await deploy(second)]
  for (const { done } of computed) console.log(await done)
  for (const { job } of idle) {
    const { activeSlices, completedSlices } = await compute.getJobInfo(job.id)
    console.log(activeSlices, completedSlices)
    await job.cancel()
  }
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
