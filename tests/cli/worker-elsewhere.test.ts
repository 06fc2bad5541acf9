import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { startCommand } from './_command.ts'
import type { RunningCommand } from './_command.ts'

let directory: string
let unjailed: RunningCommand

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'manyhands-elsewhere-'))
  unjailed = startCommand('manyhands', 'evaluator', '--socket', socket(), '--jail', 'none')
  await unjailed.said(/"socket"/)
})

afterAll(async () => {
  await unjailed.close()
  await rm(directory, { recursive: true })
})

function socket(): string {
  return join(directory, 'evaluator.sock')
}

describe('a worker whose evaluator has no jail', () => {
  it.each(['http://203.0.113.7:4280/', 'https://dcp.example/'])(
    'leaves at once, with the reason, rather than compute for %s',
    async (scheduler) => {
      const options = ['--sandboxes=1', `--evaluator=${socket()}`, '--log-level=silent']
      const worker = startCommand('manyhands', 'worker', '--scheduler', scheduler, ...options)
      expect(await worker.ended).toBe(1)
      expect(worker.complaints()).toMatch(/no jail.*required.*--jail none.*ENOJAIL.*doctor/s)
    },
  )
})
