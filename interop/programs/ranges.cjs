// Ranges in every spelling: start and end, step, group, several dimensions, sparse, do().
async function main() {
  const compute = require('dcp/compute')
  const show = async (job) => console.log(Array.from(await job.exec()))
  const same = (value) => {
    progress(1)
    return value
  }
  await show(compute.for(1, 3, same))
  await show(compute.for(3, 1, -1, same))
  await show(compute.for({ start: 10, end: 13, step: 2 }, same))
  await show(compute.for({ start: 10, end: 14, group: 2 }, same))
  await show(compute.for({ start: 0.5, end: 2, step: 0.5 }, same))
  await show(
    compute.for(
      {
        ranges: [
          { start: 1, end: 2 },
          { start: 3, end: 5 },
        ],
      },
      same,
    ),
  )
  await show(
    compute.for(
      {
        sparse: [
          { start: 1, end: 2 },
          { start: 7, end: 9 },
        ],
      },
      same,
    ),
  )
  await show(compute.do(3, same))
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
