import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { afterAll, beforeAll, describe, expect, test } from 'vitest'

import { inProcessCompute } from './_in-process-compute.ts'
import { runSampleJob, type SampleAnswer } from './index.ts'
import { readTumours } from './tumours.ts'

const slices = 60

describe('signature search', () => {
  let outDirectory: string
  let answer: SampleAnswer
  const progress: number[] = []

  beforeAll(async () => {
    outDirectory = await mkdtemp(join(tmpdir(), 'signature-search-'))
    const onProgress = (done: number): number => progress.push(done)
    answer = await runSampleJob({ compute: inProcessCompute, outDirectory, onProgress, slices })
  })
  afterAll(() => rm(outDirectory, { recursive: true }))

  test('finds a signature that tells the diagnoses apart better than any single measurement', () => {
    expect(answer.best.auc).toBeGreaterThan(0.98)
    expect(answer.best.accuracy).toBeGreaterThan(0.93)
    expect(answer.table).toContain('worst perimeter  (best single measurement)')
  })

  test('tells of every slice as it arrives', () => {
    expect(progress).toEqual(Array.from({ length: slices }, (_, index) => index + 1))
  })

  test('ranks every signature once, the best first', async () => {
    const [, ...lines] = (await readFile(answer.csvPath, 'utf8')).trim().split('\n')
    const signatures = lines.slice(0, -1).map((line) => line.split(','))
    const aucs = signatures.map(([auc]) => Number(auc))
    expect(aucs).toEqual([...aucs].sort((a, b) => b - a))
    expect(new Set(signatures.map((cells) => cells[2])).size).toBe(signatures.length)
  })

  test('draws the ten best as well-formed SVG', async () => {
    const svg = await readFile(answer.svgPath, 'utf8')
    expect(svg.match(/<circle/g)).toHaveLength(11)
    expect(svg).not.toMatch(/NaN|undefined/)
  })

  test('gives the same answer again', async () => {
    const before = await readFile(answer.csvPath, 'utf8')
    const again = await runSampleJob({ compute: inProcessCompute, outDirectory, slices })
    expect(again.table).toBe(answer.table)
    expect(await readFile(again.csvPath, 'utf8')).toBe(before)
  })

  test('refuses a result that is not what the work function returns', async () => {
    const compute = {
      for: () => ({ on: () => undefined, exec: () => Promise.resolve([[], 'nonsense']) }),
    }
    await expect(runSampleJob({ compute, outDirectory })).rejects.toThrow('slice 2 returned')
  })
})

test('the data set holds 212 malignant and 357 benign tumours', async () => {
  const { diagnoses, measurements, names } = await readTumours()
  expect(diagnoses.filter((diagnosis) => diagnosis === 1)).toHaveLength(212)
  expect(diagnoses.filter((diagnosis) => diagnosis === 0)).toHaveLength(357)
  expect(measurements).toHaveLength(569 * names.length)
})
