// A work function in Python. By itself this client asks for the interpreter of its own time, ^0.26.0; the
// program says that a newer one will do.
const work = `
import dcp, os, sys

def work(datum):
  dcp.progress(0.5)
  print('computing', datum)
  return [datum * 2, None, True, 'x', 1.5, b'ab', os.environ['K'], sys.argv[1:]]

dcp.set_slice_handler(work)
`

async function main() {
  const compute = require('dcp/compute')
  const job = compute.for([1, 2], work, [3, 'env', 'K=V', 'a', 'b'])
  job.worktime = 'pyodide'
  job.worktimeVersion = '>=0.26.0'
  const lines = []
  job.on('console', ({ level, message }) => lines.push(`${level}: ${message}`))
  for (const result of Array.from(await job.exec())) console.log(result)
  for (const line of lines.sort((a, b) => (a < b ? -1 : 1))) console.log(line)
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
