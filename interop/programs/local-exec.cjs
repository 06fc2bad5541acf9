// Jobs that the client computes itself: values and a range, arguments, console, a remote value.
async function main() {
  const compute = require('dcp/compute')
  const identity = require('dcp/identity')
  // A worker of dcp-client 5 speaks for the identity of its process, and ends where there is none.
  if ('set' in identity) await identity.set(await require('dcp/wallet').getId())
  const job = compute.for(
    [{ n: 1 }, { n: 2 }, { n: 3 }],
    async (value, plus, list) => {
      progress(0.5)
      console.log('computing', value.n)
      await new Promise((resolve) => setTimeout(resolve, 10))
      progress(1)
      return { sum: value.n + plus, last: list[list.length - 1] }
    },
    [10, ['a', 'b']],
  )
  const lines = []
  job.on('console', ({ message }) => lines.push(message))
  console.log(Array.from(await job.localExec(2)))
  console.log(lines.length)

  const range = compute.for(1, 5, (value) => {
    progress(1)
    return value * value
  })
  range.on('accepted', () => console.log('accepted', range.id.length > 20))
  console.log(Array.from(await range.localExec()))
  console.log((await compute.status(range.id)).status)
}

require('dcp-client')
  .init()
  .then(main)
  .catch((error) => console.log('failed:', error))
  .finally(() => process.exit())
