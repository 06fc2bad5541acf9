// Work functions given as text, asynchronous ones, and ones that wait for a timer.
async function main() {
  const compute = require('dcp/compute')
  const show = async (job) => console.log(Array.from(await job.exec()))
  await show(compute.for(1, 2, '(value) => { progress(1); return value + 0.5 }'))
  await show(
    compute.for(1, 2, async (value) => {
      progress(1)
      await new Promise((resolve) => setTimeout(resolve, 10))
      return `after a while: ${value}`
    }),
  )
  await show(
    compute.for(1, 1, () => {
      progress(1)
      return [work.job.public.name.length > 0, typeof require, typeof fetch]
    }),
  )
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
