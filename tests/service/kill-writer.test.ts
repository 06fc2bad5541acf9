import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'

import { seededRandom } from '@manyhands/protocol'
import { nodeFlags, openDatabase } from '@manyhands/service'
import { expect, it } from 'vitest'

const program = new URL('./_acknowledging-writer.ts', import.meta.url)

/** Runs the writer until it has acknowledged `count` rows more, then kills it; all it acknowledged. */
async function writeAndKill(file: string, count: number): Promise<number[]> {
  const child = spawn(process.execPath, [...nodeFlags(program), program.pathname, file], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const gone = once(child, 'exit')
  const acknowledged: number[] = []
  for await (const line of createInterface({ input: child.stdout })) {
    acknowledged.push(Number(line))
    if (acknowledged.length === count) child.kill('SIGKILL')
  }
  await gone
  return acknowledged
}

it('keeps every answered write of a process that is killed', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'manyhands-kill-'))
  const file = join(directory, 'test.sqlite')
  const random = seededRandom('kill')
  let acknowledged: number[] = []
  for (let round = 0; round < 3; round += 1) {
    const count = 1 + Math.floor(random.float() * 500)
    acknowledged = [...acknowledged, ...(await writeAndKill(file, count))]
    const database = openDatabase({ file })
    const rows = database.raw.prepare('select id from t').all([]) as { id: bigint }[]
    const stored = new Set(rows.map(({ id }) => Number(id)))
    expect(acknowledged.filter((id) => !stored.has(id))).toEqual([])
    expect(database.raw.prepare('pragma integrity_check').all([])).toEqual([
      { integrity_check: 'ok' },
    ])
    await database.close()
  }
  expect(acknowledged.length).toBeGreaterThan(3)
  rmSync(directory, { recursive: true })
})
