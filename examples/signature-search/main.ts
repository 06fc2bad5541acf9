// Runs the signature search on the Distributed Computer that DCP_SCHEDULER_LOCATION names.
import { connect } from '@manyhands/client/node'

import { runSampleJob } from './index.ts'

const [outDirectory = 'signature-search'] = process.argv.slice(2)
const client = await connect()
try {
  const answer = await runSampleJob({
    compute: client.compute,
    outDirectory,
    onProgress: (done, total) => {
      if (done % 100 === 0) console.log(`${done} of ${total} slices`)
    },
  })
  console.log(`\n${answer.table}\n\npicture: ${answer.svgPath}\nall signatures: ${answer.csvPath}`)
} finally {
  await client.close()
}
