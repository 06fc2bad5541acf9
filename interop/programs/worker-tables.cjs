// What a worker keeps about itself in the scheduler's tables, asked as the official worker asks.
async function main() {
  const jnu = require('dcp/jnu')
  const wallet = require('dcp/wallet')
  const { BigNumber } = require('dcp/types')
  const { address } = await wallet.get()
  const db = await jnu.connect('scheduler', await wallet.getId())
  const workerOpaqueId = 'worker'.repeat(4).slice(0, 22)

  const settings = await db.select({
    table: 'w$workerConfigValue',
    prototype: { workerOpaqueId: { in: [null, workerOpaqueId] } },
    order: [{ keyPath: 'asc' }, { workerOpaqueId: 'desc' }],
  })
  console.log(await settings.getFirst())

  const write = (prototype) =>
    db.changeOrAdd({ table: 'w$workerRunInfo', prototype: { workerOpaqueId, ...prototype } })
  const version = { node: '20.0.0', os: 'Linux' }
  await write({ status: 'running', lastStartTime: Date.now(), version, ram: undefined })
  await write({ earnings: { add: new BigNumber('0.25') }, earningsAccount: address })
  const reply = await write({ earnings: { add: new BigNumber('0.5') }, status: 'end' })
  console.log(reply.rowCount)
  const info = await db.select({ table: 'w$workerRunInfo', prototype: { workerOpaqueId } })
  const { status, earnings, earningsAccount, version: kept, lastStartTime } = info.rows[0]
  console.log(status, String(earnings), String(earningsAccount) === String(address), kept.node)
  console.log(lastStartTime instanceof Date)

  for (const serial of [1, 2, 1]) {
    const original = { workerOpaqueId, serial }
    const currentTask = { jobs: {}, finished: new Date() }
    const prototype = { ...original, taskTime: new Date(), currentTask }
    const { rowCount } = await db.changeOrAdd({ table: 'w$workerTaskInfo', prototype, original })
    console.log(rowCount)
  }
  const tasks = { table: 'w$workerTaskInfo', prototype: { workerOpaqueId } }
  const newest = await db.select({ ...tasks, limit: 1, order: [{ taskTime: 'desc' }] })
  const { serial, currentTask } = await newest.getFirst()
  console.log(serial, currentTask.finished instanceof Date, await db.count(tasks))

  const notes = { table: 'w$workerNotifications', prototype: { workerOpaqueId } }
  console.log((await db.select(notes)).rowCount)
  console.log((await db.deleteMany({ ...notes, prototype: { id: { in: [] } } })).rowCount)
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
