// Python work functions from our client through the scheduler to a worker with real sandboxes.
import { Testnet } from '@manyhands/testnet'
import type { NodeClient } from '@manyhands/client/node'
import { afterAll, beforeAll, expect, it } from 'vitest'

let net: Testnet
let client: NodeClient

beforeAll(async () => {
  net = await Testnet.create({ workers: 1, sandboxes: 1 })
  client = await net.connect()
})
afterAll(() => net.close())

const source = `
import dcp, statistics, sys

def work(numbers):
  dcp.progress(0.5)
  print('mean of', len(numbers))
  return statistics.mean(numbers) * sys.argv[1]

dcp.set_slice_handler(work)
`

it('computes a job in Python, slice after slice in one interpreter', async () => {
  const job = client.compute.for([[1, 2, 3], [4, 6], [10]], source, [1, 100])
  job.worktime = 'pyodide'
  const lines: unknown[] = []
  job.on('console', ({ level, message }) => lines.push([level, message]))
  expect(Array.from(await job.exec())).toEqual([200, 500, 1000])
  expect(lines).toEqual([
    ['log', ['mean of 3']],
    ['log', ['mean of 2']],
    ['log', ['mean of 1']],
  ])
}, 120_000)

it('tells what a job in Python lacks', async () => {
  const job = client.compute.for([1], 'import numpy')
  job.worktime = 'pyodide'
  const errors: { readonly code?: string; readonly message: string }[] = []
  job.on('error', (error) => errors.push(error))
  await expect(job.exec()).rejects.toMatchObject({ code: 'ENOMODULE' })
  expect(errors[0]).toMatchObject({
    code: 'ENOMODULE',
    message: expect.stringMatching(/the Python package numpy is not to be had here: /),
  })
}, 240_000)
