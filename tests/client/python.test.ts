// Python work functions from our client through the scheduler to a worker with real sandboxes.
import type { NodeClient } from '@manyhands/client/node'
import { Testnet } from '@manyhands/testnet'
import { afterAll, beforeAll, expect, it } from 'vitest'

import { publish } from './_publish.ts'

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

it.each([
  ['is not published', 'numpy', undefined, 'numpy is not to be had here: '],
  [
    'is published by somebody who has something else',
    'cloudpickle',
    'cloudpickle-3.1.1-py3-none-any.whl',
    'cloudpickle is not the one that Pyodide 0.28.2 was made for',
  ],
])(
  'ends a job that needs a package which %s',
  async (_what, name, file, message) => {
    const id = `pyodide-0.28.2-${name}`
    if (file !== undefined) {
      const code = `module.declare([], (require, exports) => { DATA['${file}'] = 'b3RoZXI=' })`
      await publish(net, id, { [`${id}.js`]: code })
    }
    const job = client.compute.for([1], `import ${name}`)
    job.worktime = 'pyodide'
    const errors: { readonly code?: string; readonly message: string }[] = []
    job.on('error', (error) => errors.push(error))
    await expect(job.exec()).rejects.toMatchObject({ code: 'ENOMODULE' })
    expect(errors[0]).toMatchObject({
      code: 'ENOMODULE',
      message: expect.stringContaining(`the Python package ${message}`),
    })
  },
  240_000,
)
