/** Checks a request's data against its schema and says in one sentence what is wrong with it. */
import * as v from 'valibot'

import { DcpError } from '../errors.ts'

/** The schema of a request, and the type that comes out of it. */
export type RequestSchema<Output> = v.GenericSchema<unknown, Output>

/**
 * The checked data of a request. Throws EBADARG whose message names the field and its rule; members
 * that the schema does not know are ignored (operations §1.1).
 */
export function parseRequest<Output>(
  schema: RequestSchema<Output>,
  data: unknown,
  operation: string,
): Output {
  const result = v.safeParse(schema, data, { abortEarly: true, abortPipeEarly: true })
  if (result.success) return result.output
  const [issue] = result.issues
  const field = pathOf(issue.path ?? [])
  throw new DcpError('EBADARG', `${operation}: ${sentence(issue, field)}`, {
    details: { operation, field },
  })
}

function sentence(issue: v.BaseIssue<unknown>, field: string): string {
  // Rules that tie several fields together are whole sentences.
  if (field === '') {
    return issue.kind === 'validation' ? issue.message : 'the request must be an object'
  }
  return issue.received === 'undefined' ? `"${field}" is missing` : `"${field}" ${issue.message}`
}

function pathOf(path: readonly v.IssuePathItem[]): string {
  let text = ''
  for (const { key } of path) {
    if (typeof key === 'number') text += `[${key}]`
    else text += text === '' ? String(key) : `.${String(key)}`
  }
  return text
}
