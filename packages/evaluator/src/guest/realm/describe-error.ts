/**
 * Makes a plain description of whatever a work function threw. Anything can be thrown, and reading
 * it can throw again; the description always has a message.
 */
import { guestLimits } from '../limits.ts'
import type { GuestError } from '../messages.ts'

const { errorMessageLength, errorStackLength } = guestLimits

function cut(text: string, length: number): string {
  return text.length <= length ? text : `${text.slice(0, length)}… (cut at ${length} characters)`
}

function textOf(thrown: unknown): string {
  if (typeof thrown === 'string') return thrown
  if (typeof thrown === 'object' && thrown !== null) {
    return JSON.stringify(thrown) ?? Object.prototype.toString.call(thrown)
  }
  return `the work function threw ${String(thrown)}`
}

function fromFields(thrown: { readonly message: string }): GuestError {
  const { name, message, code, stack } = thrown as unknown as Record<string, unknown>
  return {
    name: typeof name === 'string' ? cut(name, 256) : 'Error',
    message: cut(String(message), errorMessageLength),
    ...(typeof code === 'string' || typeof code === 'number'
      ? { code: cut(String(code), 256) }
      : {}),
    ...(typeof stack === 'string' ? { stack: cut(stack, errorStackLength) } : {}),
  }
}

function hasMessage(thrown: unknown): thrown is { readonly message: string } {
  return (
    typeof thrown === 'object' &&
    thrown !== null &&
    typeof (thrown as { message?: unknown }).message === 'string'
  )
}

export function describeError(thrown: unknown): GuestError {
  try {
    if (hasMessage(thrown)) return fromFields(thrown)
    return { name: 'Error', message: cut(textOf(thrown), errorMessageLength) }
  } catch {
    return { name: 'Error', message: 'the work function threw a value that cannot be read' }
  }
}
