/** The entry of `manyhands`: reads the command line, runs the command, ends with its status. */
import { createProgram } from './program.ts'
import { runMain } from './run-main.ts'

let status = 0
const program = createProgram(
  {
    up: async (options) => (await import('./up/up.ts')).up(options),
    scheduler: async (options) => (await import('./scheduler.ts')).scheduler(options),
    worker: async (options) => (await import('./worker/worker.ts')).worker(options),
    evaluator: async (options) => (await import('./evaluator.ts')).evaluator(options),
    doctor: async (options) => (await import('./doctor.ts')).doctor(options),
    config: async (options) => (await import('./config.ts')).config(options),
  },
  (ended) => {
    status = ended
  },
)

// A reader that went away (`| head`) is no defect.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

await runMain(async () => {
  await program.parseAsync()
  return status
})
