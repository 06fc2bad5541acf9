// The story as a stranger would follow it: a data server, a computer whose worker may reach it and
// computes for one group, and the job, by our client and by a program of the Compute API.
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

import { afterEach, beforeEach, expect, it } from 'vitest'

import { type RunningComputer, startComputer } from '../../scripts/start-computer.ts'
import { runProgram } from '../../tests/client/_run-program.ts'
import { type DataServer, startDataServer } from './data-server.ts'

const group = 'wards,behind the wall'
const token = 'only for workers'

let data: DataServer
let computer: RunningComputer
beforeEach(async () => {
  data = await startDataServer({ port: 0, token })
  const rights = [`--join=${group}`, '--no-global', `--allow-origin=${data.origin}`]
  computer = await startComputer(2, rights)
})
afterEach(async () => {
  data.close()
  await computer.close()
})

const printed = `${Array.from({ length: 10 }, (_, ward) => `stored ward ${ward + 1}\n`).join('')}\
10 wards, 569 patients
effect measurement
2.693  worst concave points
2.598  worst perimeter
2.545  mean concave points
2.544  worst radius
2.290  mean perimeter
`

/** Everything the computer keeps, as text. */
async function everythingIn(folder: string): Promise<string> {
  const files = await readdir(folder, { recursive: true, withFileTypes: true })
  const texts = files
    .filter((file) => file.isFile())
    .map((file) => readFile(join(file.parentPath, file.name), 'latin1'))
  return (await Promise.all(texts)).join('\n')
}

it.each(['job.ts', 'job.cjs'])(
  '%s gets its answer, and the scheduler never sees the data',
  async (program) => {
    const { output, errors, status } = await runProgram(`examples/remote-data/${program}`, {
      DCP_SCHEDULER_LOCATION: computer.url,
      DCP_RESOURCE_DIR: join(computer.home, '.dcp'),
      DATA_SERVER: data.origin,
      GROUP: group,
      TOKEN: token,
    })
    expect(errors).toBe('')
    expect(output).toBe(printed)
    expect(status).toBe(0)
    const kept = await everythingIn(computer.dataDirectory)
    expect(kept).toContain('/wards/{slice}.json')
    // A measurement of the first patient, a name of the argument, a member of the results.
    for (const text of ['17.99', 'concave', 'squares']) expect(kept).not.toContain(text)
  },
)
