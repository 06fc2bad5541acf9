/** What a worker says of a failed slice, cut to size and free of what the database cannot hold. */
import type { SliceFailure } from '@manyhands/protocol'
import { errorTextMax } from '../limits.ts'

export function readFailure({ name, message, code, stack }: SliceFailure): SliceFailure {
  return {
    name: plain(name),
    message: plain(message),
    ...(code === undefined ? {} : { code: plain(code) }),
    ...(stack === undefined ? {} : { stack: plain(stack) }),
  }
}

export function plain(text: string): string {
  return text.slice(0, errorTextMax).replaceAll('\0', '\uFFFD')
}
