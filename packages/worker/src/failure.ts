/** Failures of slices in the form they travel in, cut to size. */
import type { DcpError, SliceFailure } from '@manyhands/protocol'
import type { SliceError } from '@manyhands/sandbox'

import { limits } from './limits.ts'

function cut(text: string): string {
  return text.length > limits.errorTextMax ? `${text.slice(0, limits.errorTextMax)}…` : text
}

export function failureOf({ name, message, code, stack }: SliceError): SliceFailure {
  return {
    name: cut(name),
    message: cut(message),
    ...(code === undefined ? {} : { code: cut(code) }),
    ...(stack === undefined ? {} : { stack: cut(stack) }),
  }
}

/** The failure of a slice whose result is longer than can be sent. */
export function resultTooBig(length: number): SliceFailure {
  return {
    name: 'DcpError',
    code: 'ETOOBIG',
    message:
      `The result of this slice is ${length} characters long; at most ${limits.resultTextMax} ` +
      'can be sent. Return less, or split the slice.',
  }
}

/** The failure of a slice whose work function wants no more of this worker. */
export function workRejected(reason: string): SliceFailure {
  return {
    name: 'WorkRejectError',
    code: 'EWORKREJECT',
    message: cut(`The work function rejected this worker: ${reason}`),
  }
}

/** The failure of every slice of a job whose work function cannot be loaded. */
export function loadFailure({ details, name, message, code, stack }: DcpError): SliceFailure {
  const thrown = details['name']
  return failureOf({
    name: typeof thrown === 'string' ? thrown : name,
    message,
    code,
    ...(stack === undefined ? {} : { stack }),
  })
}
