// Sends a message to the workers of an identity by the connection of the official client, as the
// utility schedmsg would: `send-message.cjs COMMAND PAYLOAD [all]`.
async function main() {
  const { Connection } = require('dcp/protocol')
  const wallet = require('dcp/wallet')
  const [command, payload, broadcast] = process.argv.slice(2)
  const { address: target } = await wallet.getId()
  const connection = new Connection(dcpConfig.scheduler.services.eventRouter)
  const data = { target, broadcast: broadcast === 'all', command, payload: JSON.parse(payload) }
  const { success, payload: reply } = await connection.request('sendSchedMsg', data)
  console.log(success, reply.workers ?? reply.code)
  await connection.close()
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
