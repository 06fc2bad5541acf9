async function main() {
  const compute = require('dcp/compute');
  const wallet = require('dcp/wallet');

let job = compute.for(1, 3, function (i) {
  progress('100%');
  return i*10;
})
let results = await job.exec(compute.marketPrice);
console.log('results:    ', results);
console.log('entries:    ', results.entries());
console.log('fromEntries:', results.fromEntries());
console.log('keys:       ', results.keys());
console.log('values:     ', results.values());
console.log('key(2):     ', results.key(2));
}

require('dcp-client').init().then(main).finally(() => setImmediate(process.exit));
