import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import type { Compute } from '@manyhands/client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { keepJob } from './kept-job.ts'

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'manyhands-test-'))
})

afterAll(() => rm(directory, { recursive: true }))

/** A Compute API that knows the jobs of these states. */
function computeWith(states: Readonly<Record<string, string>>): Compute {
  let made = 0
  const compute = {
    for: () => ({ id: `job${++made}` }),
    resume: (id: string) => ({ id, resumed: true }),
    status(id: string) {
      const runStatus = states[id]
      if (runStatus === undefined) return Promise.reject(new Error('no such job'))
      return Promise.resolve({ runStatus })
    },
  }
  return compute as unknown as Compute
}

async function deployTwice(
  name: string,
  states: Readonly<Record<string, string>>,
  version = '1',
): Promise<unknown> {
  const file = join(directory, name, 'job.json')
  const first = await keepJob(computeWith({}), file, '1')
  expect(first.for(1, 2, (x: number) => x)).toEqual({ id: 'job1' })
  const second = await keepJob(computeWith(states), file, version)
  return second.for(1, 2, (x: number) => x)
}

describe('the sample job', () => {
  it.each(['running', 'finished'])('is taken up when it is %s', async (state) => {
    expect(await deployTwice(state, { job1: state })).toEqual({ id: 'job1', resumed: true })
  })

  it.each([
    ['cancelled', { job1: 'cancelled' }],
    ['unknown', {}],
  ])('is deployed anew when the former one is %s', async (name, states) => {
    expect(await deployTwice(name, states)).toEqual({ id: 'job1' })
  })

  it('of another version is deployed anew', async () => {
    expect(await deployTwice('version', { job1: 'running' }, '2')).toEqual({ id: 'job1' })
  })

  it('is deployed anew once its answer was given', async () => {
    const file = join(directory, 'answered', 'job.json')
    const first = await keepJob(computeWith({}), file, '1')
    first.for(1, 2, (x: number) => x)
    first.forget()
    expect((await keepJob(computeWith({ job1: 'finished' }), file, '1')).resumed).toBe(false)
  })
})
