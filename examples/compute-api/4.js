async function main() {
  const compute = require('dcp/compute');
  const wallet = require('dcp/wallet');

let job = compute.for([{start: 1, end: 2}, {start: 3, end: 5}], 
                       (i,j) => (progress(1), i*j));
let results = await job.exec();
console.log(results);
}

require('dcp-client').init().then(main).finally(() => setImmediate(process.exit));
