// A job that outlives its scheduler: the program says when it has some results, and goes on when the
// scheduler, which is killed meanwhile, is there again.
async function main() {
  const compute = require('dcp/compute')
  const job = compute.for(1, 40, async (value) => {
    progress(0.5)
    await new Promise((resolve) => setTimeout(resolve, 250))
    progress(1)
    return value * 2
  })
  let count = 0
  job.on('result', () => {
    count++
    if (count === 5) console.log('some results')
  })
  const results = Array.from(await job.exec())
  console.log(
    results.length,
    results.every((result, index) => result === 2 * (index + 1)),
  )
  console.log('events:', count >= 40)
  console.log((await compute.status(job.id)).status)
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
