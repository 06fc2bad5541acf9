async function main() {
  const compute = require('dcp/compute');
  const wallet = require('dcp/wallet');

let job = compute.for({start: 10, end: 13, group: 2}, (i) => progress(1) && i[1]-i[0]);
let results = await job.exec();
console.log(results);
}

require('dcp-client').init().then(main).finally(() => setImmediate(process.exit));
