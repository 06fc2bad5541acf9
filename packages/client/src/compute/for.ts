/** `compute.for` and `compute.do`: tells the forms apart and makes the job. */
import { DcpError, type Random } from '@manyhands/protocol'

import type { ClientContext } from '../context.ts'
import type { InputSet } from '../input/input-set.ts'
import { describedInput, listedInput, recognizeInput } from '../input/recognize.ts'
import { argumentList } from '../job/arguments.ts'
import { createJob } from '../job/create-job.ts'
import type { Job } from '../job/job.ts'
import { workLocation, workSource } from '../job/work-text.ts'
import type { ComputeDo, ComputeFor, ForOptions } from './signatures.ts'

interface Call {
  readonly input: InputSet
  readonly work: unknown
  readonly args: unknown
}

function isBound(value: unknown): boolean {
  return typeof value === 'number' || typeof value === 'bigint'
}

/** Forms 2a and 2b; a missing `end` would otherwise be taken for a work function. */
function countedCall([start, end, third, fourth, fifth]: readonly unknown[]): Call {
  if (!isBound(end)) {
    throw new DcpError('EBADARG', `end must be a number, not ${typeof end}`, {
      details: { field: 'end' },
    })
  }
  const counted = typeof third === 'function' || typeof third === 'string'
  const range = counted ? { start, end, step: 1 } : { start, end, step: third }
  if (!counted && !isBound(third)) {
    throw new DcpError('EBADARG', `step must be a number, not ${typeof third}`, {
      details: { field: 'step' },
    })
  }
  return {
    input: describedInput(range),
    work: counted ? third : fourth,
    args: counted ? fourth : fifth,
  }
}

function callOf(call: readonly unknown[], random: Random): Call {
  const [first, work, args, options] = call
  if (isBound(first)) return countedCall(call)
  return { input: recognizeInput(first, random, options as ForOptions | undefined), work, args }
}

/** Throws EBADARG for an input set, work function or arguments that cannot be. */
export function createFor(context: ClientContext): ComputeFor {
  const make = (...call: unknown[]): Job => {
    const { input, work, args } = callOf(call, context.random)
    // The element of a multi range is a tuple: its members become parameters of their own.
    const spread = input.kind === 'range' && input.dimensions !== undefined
    const location = workLocation(work)
    if (location !== undefined) {
      if (!spread) return createJob(context, { input, work: location, args: argumentList(args) })
      const message = 'a work function at another location cannot get the elements of a multi range'
      throw new DcpError('EBADARG', message, { details: { field: 'work' } })
    }
    return createJob(context, {
      input,
      work: workSource(work, { parse: context.parseExpression, spread }),
      args: argumentList(args),
    })
  }
  return make as ComputeFor
}

function timesOf(n: number): InputSet {
  if (!Number.isSafeInteger(n) || n < 0) {
    throw new DcpError('EBADARG', `n must be a whole number from 0, not ${String(n)}`, {
      details: { field: 'n' },
    })
  }
  // A range has at least one element.
  return n === 0 ? listedInput([]) : describedInput({ start: 0, end: n - 1, step: 1 })
}

/** Throws EBADARG as `compute.for` does. */
export function createDo(context: ClientContext): ComputeDo {
  const make = (...call: unknown[]): Job => {
    const [first, second, third] = call
    const counted = typeof first === 'number'
    const work = counted ? second : first
    return createJob(context, {
      input: timesOf(counted ? first : 1),
      work: workLocation(work) ?? workSource(work, { parse: context.parseExpression }),
      args: argumentList(counted ? third : second),
    })
  }
  return make as ComputeDo
}
