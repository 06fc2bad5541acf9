/**
 * Says what this machine offers for a jail, what is missing, how to get it and what follows:
 * `doctor [--json]`. Ends with status 0 when the jail holds here and 1 when it does not.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { describeGpu } from './gpu/describe.ts'
import { diagnose, type Diagnosis } from './jail/diagnose.ts'
import { readFacts } from './jail/facts.ts'
import { recordFiles, systemFiles } from './jail/file-view.ts'
import { prepareJail } from './jail/prepare.ts'
import { inspectMachine } from './machine.ts'
import { findDeno, readablePath } from './programs.ts'
import { renderDiagnosis } from './render-diagnosis.ts'
import { createUserIds } from './user-ids.ts'

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } })

const machine = inspectMachine()
const files = recordFiles(systemFiles)
const facts = readFacts(machine, files)
const folder = await mkdtemp(join(tmpdir(), 'manyhands-'))

async function examine(): Promise<Diagnosis> {
  if (machine.platform === 'win32') return diagnose(facts, undefined)
  const { path } = findDeno()
  const deno = machine.root ? await readablePath(path, true) : path
  const uid = createUserIds().take()
  const gpu = await describeGpu(deno)
  const { diagnosis } = await prepareJail({ machine, facts, deno, uid, folder, gpu })
  return diagnosis
}

try {
  const diagnosis = await examine()
  // With --json also everything that was looked at, for whoever has to understand it elsewhere.
  const text = values.json
    ? JSON.stringify({ ...diagnosis, machine, recorded: files.recorded() }, undefined, 2)
    : renderDiagnosis(diagnosis)
  process.stdout.write(`${text}\n`)
  process.exitCode = diagnosis.jail === 'none' ? 1 : 0
} finally {
  await rm(folder, { recursive: true, force: true })
}
