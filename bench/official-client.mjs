// The submitting program of the official client: deploys by its public API, nothing else. The
// package is the one that interop installs.
import { createRequire } from 'node:module'

import { serve } from './peers/serve.mjs'
import { work } from './peers/work.mjs'

const require = createRequire(new URL('../interop/package.json', import.meta.url))

await require('dcp-client').init()
const compute = require('dcp/compute')

await serve({
  async runAll({ work: name, count, size }) {
    return Array.from(await compute.for(1, count, work[name].toString(), [size]).exec())
  },
  async runOne({ work: name, size }, input) {
    const [result] = await compute.for(input, input, work[name].toString(), [size]).exec()
    return result
  },
  // Its connections keep the process up.
  close: () => process.exit(),
})
