// Two workers compute the same slices: the one that is late does not go on in vain.
import { afterEach, beforeEach, expect, it } from 'vitest'

import { createVirtualNet, type VirtualNet } from './_virtual-net.ts'

let net: VirtualNet
beforeEach(async () => {
  net = await createVirtualNet()
})
afterEach(() => net[Symbol.asyncDispose]())

const hourMs = 3_600_000
const quick = (): number => 1

interface Run {
  results: number[] | undefined
  /** How often a result came. */
  heard: number
  trouble: unknown
}

/** Deploys a job for 1 to `last`; it waits for no estimation. */
function deploy(last: number): Run {
  const run: Run = { results: undefined, heard: 0, trouble: undefined }
  const job = net.client.compute.for(1, last, (x: number) => x * 2)
  job.estimationSlices = 0
  job.on('result', () => {
    run.heard += 1
  })
  Promise.resolve(job.exec()).then(
    (results) => {
      run.results = Array.from(results)
    },
    (error: unknown) => {
      run.trouble = error
    },
  )
  return run
}

const doubled = (last: number): number[] => Array.from({ length: last }, (_, at) => (at + 1) * 2)

it('a worker that is late with all its slices takes up other work at once', async () => {
  const { clock } = net
  const slow = await net.addWorker((slice) => (slice === 1 ? 1 : 60_000))
  const run = deploy(2)
  await clock.run(() => slow.begun.has(2), hourMs)
  await net.addWorker(quick)
  await clock.run(() => run.results !== undefined, hourMs)
  expect(run.results).toEqual(doubled(2))
  expect(slow.worker.status()).toMatchObject({ leases: 0, open: 0, running: 1 })
  // Its next heartbeat would be seconds away, its slice a minute.
  await clock.run(() => slow.worker.status().running === 0, 1_000)
  expect(slow.worker.status().failed).toBe(0)
  expect(run).toMatchObject({ heard: 2, trouble: undefined })
})

it('a worker that is late with some slices goes on with the others only', async () => {
  const { clock } = net
  const slow = await net.addWorker((slice) => (slice === 2 ? 1_800 : 1))
  const run = deploy(10)
  await clock.run(() => slow.begun.has(2), hourMs)
  expect(slow.worker.status()).toMatchObject({ leases: 1, open: 9 })
  const other = await net.addWorker(quick)
  await clock.run(() => other.worker.status().accepted > 0, hourMs)
  await clock.run(() => slow.worker.status().open === 4, 1_000)
  expect([...other.begun]).toEqual([6, 7, 8, 9, 10])
  await clock.run(() => run.results !== undefined, hourMs)
  expect(run.results).toEqual(doubled(10))
  expect([...slow.begun]).toEqual([1, 2, 3, 4, 5])
  expect(run).toMatchObject({ heard: 10, trouble: undefined })
  const { accepted, failed } = slow.worker.status()
  expect({ accepted, failed }).toEqual({ accepted: 5, failed: 0 })
})

it('a job ends soon though one of its workers is stuck', async () => {
  const { clock } = net
  const stuck = await net.addWorker((slice) => (slice === 2 ? hourMs : 1))
  const run = deploy(10)
  await clock.run(() => stuck.begun.has(2), hourMs)
  const other = await net.addWorker(quick)
  await clock.run(() => run.results !== undefined, 20_000)
  expect(run.results).toEqual(doubled(10))
  expect(other.worker.status().accepted).toBe(9)
  await clock.run(() => stuck.worker.status().running === 0, 1_000)
})
