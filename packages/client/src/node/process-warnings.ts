/**
 * The logger of programs that bring none: what somebody should know becomes a warning of the process,
 * which Node prints on standard error and programs can listen for; the rest is dropped.
 */
import { inspect } from 'node:util'

import { type LogFields, type Logger, silentLogger } from '@manyhands/protocol'

function textOf(value: unknown): string {
  if (value instanceof Error) return value.message
  return typeof value === 'string' ? value : inspect(value)
}

function warn(message: string, fields: LogFields = {}): void {
  const facts = Object.entries(fields).map(([name, value]) => `${name}: ${textOf(value)}`)
  const text = facts.length === 0 ? message : `${message} (${facts.join(', ')})`
  process.emitWarning(text, 'ManyhandsWarning')
}

export const processWarnings: Logger = {
  ...silentLogger,
  warn,
  error: warn,
  child: () => processWarnings,
}
