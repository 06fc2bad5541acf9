/** One clear line for an error, and what to do next; a stack only for defects of ours. */
import { isDcpError } from '@manyhands/protocol'

const advice: Readonly<Record<string, string>> = {
  ENOJAIL:
    '`manyhands evaluator doctor` shows what this machine offers; docs/concepts/sandbox.md says why.',
  ETIMEDOUT: 'Is the scheduler running? Check the address given with --scheduler.',
}

function hasStack(error: unknown): error is Error {
  return error instanceof Error && error.stack !== undefined
}

/** What the user reads of an error that ended a command. */
export function describeFailure(error: unknown): string {
  if (isDcpError(error)) {
    const next = advice[error.code]
    return `manyhands: ${error.message} (${error.code})${next === undefined ? '' : `\n${next}`}`
  }
  const text = hasStack(error) ? error.stack : String(error)
  return `manyhands: a defect of the program, please report it:\n${text}`
}
