// A supervisor to be killed: starts a sandbox that runs for ever and says where everything is.
import { readFileSync } from 'node:fs'

import { createEvaluatorHost } from '@manyhands/sandbox/node'

import { batchOf, createRecorder, workOf } from './_recorder.ts'

const host = createEvaluatorHost({ spares: 0 })
const sandbox = await host.create()
await sandbox.assign(workOf('() => { for (;;) progress() }'))
const recorder = createRecorder()
void sandbox.run(batchOf('1'), recorder)
await recorder.heard(1)
await host.create()
const args = readFileSync(`/proc/${host.pid}/cmdline`, 'latin1').split('\0')
const folder = args[args.indexOf('--folder') + 1]
process.stdout.write(`${JSON.stringify({ evaluator: host.pid, folder })}\n`)
