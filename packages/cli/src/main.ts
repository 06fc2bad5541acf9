/** The entry of `manyhands`: reads the command line, runs the command, ends with its status. */
import { describeFailure } from './failure.ts'
import { createProgram } from './program.ts'

const program = createProgram(
  {
    up: async (options) => (await import('./up.ts')).up(options),
    scheduler: async (options) => (await import('./scheduler.ts')).scheduler(options),
    worker: async (options) => (await import('./worker.ts')).worker(options),
    evaluator: async (options) => (await import('./evaluator.ts')).evaluator(options),
    doctor: async (options) => (await import('./doctor.ts')).doctor(options),
    config: async (options) => (await import('./config.ts')).config(options),
  },
  (status) => {
    process.exitCode = status
  },
)

// A reader that went away (`| head`) is no defect.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`${describeFailure(error)}\n`)
  process.exitCode = 1
}
