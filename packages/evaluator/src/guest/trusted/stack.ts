/** Leaves the frames of the work function in a stack and takes out those of the harness. */
import type { GuestError } from '../messages.ts'

const evaluated = /\bworkFunction, <anonymous>:(\d+):(\d+)/g

function isOurs(line: string, realmName: string): boolean {
  return line.includes(realmName) || line.includes('(ext:') || line.includes(' at ext:')
}

export function cleanStack(stack: string, realmName: string): string {
  return stack
    .split('\n')
    .filter((line) => !isOurs(line, realmName))
    .join('\n')
    .replace(evaluated, 'workFunction:$1:$2')
}

export function cleanError(error: GuestError, realmName: string): GuestError {
  if (error.stack === undefined) return error
  return { ...error, stack: cleanStack(error.stack, realmName) }
}
