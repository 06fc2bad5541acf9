// Asks for a proxy key of an identity and a bank account, and deploys with nothing but that key.
async function main() {
  const compute = require('dcp/compute')
  const identity = require('dcp/identity')
  const jnu = require('dcp/jnu')
  const wallet = require('dcp/wallet')
  const owner = await wallet.getId()
  const account = await wallet.get()

  const keystores = new identity.KsCollection()
  keystores.add(owner, 'owner')
  keystores.add(account)
  const pxRequest = await identity.normalizePxRequest([
    { 'job.exec': true },
    { 'bank.account.link.job.new': { auth: String(account.address) } },
  ])
  const label = 'for the night'
  const made = await identity.requestProxyKey(keystores, { pxRequest, pxExpireSeconds: 600, label })
  const proxy = await new wallet.IdKeystore(made, '')

  const db = await jnu.connect('pxAuth', owner)
  const rights = { table: 'proxyAuth', prototype: { proxyAddress: proxy.address } }
  const rows = await db.select({ ...rights, order: 'operationKey' })
  const standsFor = (row) => (row.authAddress.eq(owner.address) ? 'the owner' : 'the account')
  await rows.rows.forEach((row) => console.log(row.operationKey, standsFor(row), row.label))

  await identity.set(proxy)
  wallet.addId(proxy)
  const job = compute.for([1, 2, 3], (value) => {
    progress(1)
    return value * 2
  })
  job.setPaymentAccountKeystore(await new wallet.Keystore(made, ''))
  console.log(Array.from(await job.exec()))
  const jobs = await jnu.connect('scheduler', owner)
  const entry = (await jobs.select({ table: 'jobs', prototype: { opaqueId: job.id } })).rows[0]
  console.log(entry.owner.eq(owner.address), entry.paymentAccount.eq(account.address))
  console.log((await compute.status(job.id)).status)

  const greedy = await identity.normalizePxRequest('$login')
  const narrow = new identity.KsCollection()
  narrow.add(proxy, 'owner')
  const more = identity.requestProxyKey(narrow, { pxRequest: greedy })
  console.log((await more.catch((error) => error)).message.includes('EPERM'))

  console.log((await db.deleteMany(rights)).rowCount > 0)
  console.log(await compute.status(job.id).catch((error) => error.code))
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
