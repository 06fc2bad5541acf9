/** The arguments that every call of a work function gets after its input. */
import { DcpError, marshal, serializeValue } from '@manyhands/protocol'

import { RemoteDataPattern, RemoteDataSet } from '../remote/remote-data.ts'

/** A copy of an array-like object; sets of locations in it become the locations. Throws EBADARG. */
export function argumentList(args: unknown): readonly unknown[] {
  if (args instanceof RemoteDataSet) return args.locations
  return listOf(args).flatMap((value): readonly unknown[] => {
    if (value instanceof RemoteDataPattern) {
      throw new DcpError('EBADARG', 'a pattern of locations cannot be an argument', {
        details: { field: 'arguments' },
      })
    }
    return value instanceof RemoteDataSet ? value.locations : [value]
  })
}

function listOf(args: unknown): readonly unknown[] {
  if (args === undefined) return []
  if (typeof args === 'object' && args !== null && 'length' in args) {
    const { length } = args
    if (typeof length === 'number' && Number.isSafeInteger(length) && length >= 0) {
      return Array.from(args as ArrayLike<unknown>)
    }
  }
  const what = args === null ? 'null' : typeof args
  throw new DcpError('EBADARG', `arguments must be an array or array-like object, not ${what}`, {
    details: { field: 'arguments' },
  })
}

/** The wire form: each argument serialised on its own; a URL stands for itself. */
export function marshalArguments(args: readonly unknown[]): unknown {
  const members = args.map((value, index) => {
    if (value instanceof URL) return value
    try {
      return serializeValue(value)
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause)
      throw new DcpError('EBADARG', `argument ${index} cannot be sent: ${reason}`, {
        cause,
        details: { field: 'arguments', index },
      })
    }
  })
  return marshal(members, { label: 'v8' })
}
