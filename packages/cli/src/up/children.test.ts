import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { silentLogger, systemClock } from '@manyhands/protocol'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { keepRunning } from './children.ts'
import type { Child } from './children.ts'

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'manyhands-test-'))
})

afterAll(() => rm(directory, { recursive: true }))

function child(file: string, how: string, logger = silentLogger): Child {
  const entry = new URL('./_short-lived.mjs', import.meta.url)
  return keepRunning({
    name: 'child',
    program: { entry, arguments: [file, how] },
    finalStatus: 130,
    clock: systemClock,
    logger,
  })
}

async function pids(file: string): Promise<string[]> {
  return (await readFile(file, 'utf8').catch(() => '')).trim().split('\n').filter(Boolean)
}

async function untilStarted(file: string, times: number): Promise<void> {
  while ((await pids(file)).length < times) await systemClock.sleep(20)
}

describe('a process that is kept running', { timeout: 20_000 }, () => {
  it('is started again when it ends, until it is stopped', async () => {
    const file = join(directory, 'short')
    const kept = child(file, 'leave')
    await untilStarted(file, 3)
    await kept.stop(1_000)
    const started = (await pids(file)).length
    expect(started).toBeGreaterThan(2)
    expect(new Set(await pids(file)).size).toBe(started)
  })

  it('is not started again after its final status', async () => {
    const file = join(directory, 'final')
    const lines: string[] = []
    const logger = { ...silentLogger, warn: (line: string) => void lines.push(line) }
    const kept = child(file, 'final', logger)
    await expect.poll(() => lines, { timeout: 10_000 }).toHaveLength(1)
    await kept.stop(1_000)
    expect(lines).toEqual(['the child ended and is not started again'])
    expect(await pids(file)).toHaveLength(1)
  })

  it('is ended by stop', async () => {
    const file = join(directory, 'long')
    const kept = child(file, 'stay')
    await untilStarted(file, 1)
    await kept.stop(5_000)
    const [pid] = await pids(file)
    expect(() => process.kill(Number(pid), 0)).toThrow('ESRCH')
  })
})
