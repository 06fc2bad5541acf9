async function main() {
  const compute = require('dcp/compute');
  const wallet = require('dcp/wallet');

const paymentAccount = keystore.getWallet();
let job = compute.for({start: 10, end: 13, step: 2}, (i) => progress(1) && i);
let results = await job.exec();
console.log(results)
}

require('dcp-client').init().then(main).finally(() => setImmediate(process.exit));
