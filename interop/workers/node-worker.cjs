// The Node worker inside dcp-client, by its documented API: computes until it is told to stop. The
// evaluator is where its configuration says.
'use strict'

async function main() {
  const wallet = require('dcp/wallet')
  await require('dcp/identity').set(await wallet.getId())
  const { DistributiveWorker } = require('dcp/worker')
  const { workerFactory } = require('dcp-client/lib/standaloneWorker')
  const { hostname, port } = dcpConfig.evaluator.location
  const worker = new DistributiveWorker(
    {
      paymentAddress: (await wallet.get()).address,
      cores: { cpu: 2, gpu: 0 },
      maxSandboxes: 2,
      unmanaged: true,
      ...JSON.parse(process.env.WORKER_OPTIONS ?? '{}'),
    },
    workerFactory({ hostname, port: Number(port) }),
  )
  worker.on('error', (error) => console.error(error))
  worker.on('beforeFetch', () => console.log(' * Fetching slices...'))
  process.once('SIGINT', () => worker.stop(true).then(() => process.exit(0)))
  await worker.start()
  console.log(`Ready. ${worker.id}`)
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => {
    console.error(error)
    process.exit(1)
  })
