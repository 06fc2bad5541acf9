// What an account holds, asked as the official worker asks after its earnings.
async function main() {
  const { Connection } = require('dcp/protocol')
  const wallet = require('dcp/wallet')
  const keystore = await wallet.get()
  const teller = new Connection(dcpConfig.bank.services.bankTeller)
  const view = async (operation, data) => {
    const request = new teller.Request(operation, data)
    await request.authorize(keystore)
    const { success, payload } = await request.send()
    console.log(operation, success, payload.code, payload.message)
  }
  await view('viewAccounts', { addresses: [keystore.address] })
  await view('viewAccount', { address: keystore.address })
  await teller.close()
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
