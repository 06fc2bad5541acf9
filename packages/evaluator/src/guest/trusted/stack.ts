/** Leaves the frames of the work function in a stack and takes out those of the harness. */
import type { GuestError } from '../messages.ts'

const evaluated = /\bworkFunction, <anonymous>:(\d+):(\d+)/g

function isOurs(line: string, realmUrl: string): boolean {
  return line.includes(realmUrl) || line.includes('(ext:') || line.includes(' at ext:')
}

export function cleanStack(stack: string, realmUrl: string): string {
  return stack
    .split('\n')
    .filter((line) => !isOurs(line, realmUrl))
    .join('\n')
    .replace(evaluated, 'workFunction:$1:$2')
}

export function cleanError(error: GuestError, realmUrl: string): GuestError {
  if (error.stack === undefined) return error
  return { ...error, stack: cleanStack(error.stack, realmUrl) }
}
