// What the scheduler's tables tell the owner of a job.
async function main() {
  const compute = require('dcp/compute')
  const jnu = require('dcp/jnu')
  const wallet = require('dcp/wallet')
  const job = compute.for(1, 3, (value) => {
    progress(1)
    return value
  })
  job.public.name = 'a job with an entry'
  await job.exec()
  const info = await compute.getJobInfo(job.id)
  console.log(info.name, info.status, info.totalSlices, info.completedSlices, info.activeSlices)
  console.log(String(info.address) === String(job.address))
  console.log(await compute.getJobInfo('no such job'))

  const id = await wallet.getId()
  const db = await jnu.connect('scheduler', id)
  const finished = { table: 'jobs', prototype: { opaqueId: job.id, status: { in: ['finished'] } } }
  console.log(await db.count(finished))
  const results = { table: 'jobResults', prototype: { jobOpaqueId: job.id } }
  const page = await db.select({ ...results, order: 'sliceNumber', desc: true, limit: 2, skip: 1 })
  console.log(page.rowCount, page.totalRowCount, page.rows[0].sliceNumber)
  console.log(
    await db.selectSum('sliceNumber', results),
    await db.selectMax('sliceNumber', results),
  )
  const refused = await db
    .select({ table: 'jobs', prototype: { nothing: 1 } })
    .catch((error) => error)
  console.log(refused.message)
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
