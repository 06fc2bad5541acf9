async function main() {
  const compute = require('dcp/compute');
  const wallet = require('dcp/wallet');

let job = compute.for([123,456], function(i) { 
  progress(1);
  return i;
})
let results = await job.exec();
console.log(results);
}

require('dcp-client').init().then(main).finally(() => setImmediate(process.exit));
