// Publishes a package, uses it in a job, and is refused what it may not do.
const { writeFileSync, mkdtempSync, rmSync } = require('fs')
const { tmpdir } = require('os')
const { join } = require('path')

async function main() {
  const compute = require('dcp/compute')
  const { publish } = require('dcp/publish')
  const descriptor = join(__dirname, 'modules/package.dcp')
  const first = await publish(descriptor)
  console.log(first.name, Object.keys(first.versions), first.versions['1.0.0'].files)
  const again = await publish(descriptor)
  console.log(again.versions['1.0.0'].published === first.versions['1.0.0'].published)

  const job = compute.for(
    [
      [1, 2],
      [3, 4, 5],
    ],
    (list) => {
      progress(1)
      return require('sums').sum(list)
    },
  )
  job.requires('interop-lists/sums')
  job.requirePath.push('interop-lists')
  console.log(Array.from(await job.exec()))

  const folder = mkdtempSync(join(tmpdir(), 'interop-'))
  const refusal = async (fields, text) => {
    const file = join(folder, 'file.js')
    writeFileSync(file, text ?? 'module.declare([], () => {})')
    const files = { [file]: fields.file ?? 'sums.js' }
    const made = publish({ name: 'interop-other', version: '1.0.0', ...fields, files })
    const error = await made.catch((one) => one)
    console.log(error.code)
  }
  await refusal({ name: 'interop-lists' })
  await refusal({ version: 'latest' })
  await refusal({ file: '../../climbs.js' })
  await refusal({}, ' '.repeat(33 * 1024 * 1024))
  // More than a message may be: the client itself knows what this scheduler takes.
  await refusal({}, ' '.repeat(100 * 1024 * 1024))
  rmSync(folder, { recursive: true })
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
