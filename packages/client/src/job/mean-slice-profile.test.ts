import { expect, it } from 'vitest'

import { scriptScheduler } from '../_scripted-scheduler.ts'

it('a job tells what its slices took on average, once one was computed', async () => {
  await using scheduler = scriptScheduler()
  const job = scheduler.client.compute.for(1, 4, (n) => n)
  const running = job.exec()
  await scheduler.subscribed('status')
  const heard: unknown[] = []
  job.on('status', (event) => heard.push(event))
  await scheduler.push('status', { runStatus: 'running', total: 4, computed: 0, cpuMs: 0 })
  expect(job.meanSliceProfile).toBeUndefined()
  const sums = { cpuMs: 7_200_000, outputBytes: 300 }
  await scheduler.push('status', { computed: 2, distributed: 4, ...sums })
  expect(job.meanSliceProfile).toEqual({ cpuHours: 1, outputBytes: 150 })
  await scheduler.push('status', { computed: 4, cpuMs: 7_200_000, gpuMs: 3_600_000 })
  expect(job.meanSliceProfile).toEqual({ cpuHours: 0.5, gpuHours: 0.25 })
  expect(heard.at(-1)).toEqual({
    job: job.id,
    address: job.id,
    runStatus: 'running',
    total: 4,
    distributed: 4,
    computed: 4,
  })
  await scheduler.push('stop', { runStatus: 'cancelled', code: 'ECANCEL', reason: '' })
  await expect(running).rejects.toMatchObject({ code: 'ECANCEL' })
})
