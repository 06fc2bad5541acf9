/**
 * Writes log lines to a stream: JSON for programs, plain text for people. A reader that is too slow
 * loses lines, and is told how many, rather than make the daemon hold them.
 */
import type { Writable } from 'node:stream'

import type { Clock, LogFields, Logger } from '@manyhands/protocol'

import { limits } from './limits.ts'

export type LogLevel = 'debug' | 'info' | 'warn' | 'error'

/** What may be chosen: everything from a level up, or nothing. */
export const logLevels: readonly (LogLevel | 'silent')[] = [
  'debug',
  'info',
  'warn',
  'error',
  'silent',
]

export interface LoggerOptions {
  /** The least level written; `info` when missing. */
  readonly level?: LogLevel | 'silent'
  /** `json` when missing. */
  readonly format?: 'json' | 'text'
  readonly fields?: LogFields
}

export interface LoggerDeps {
  readonly stream: Pick<Writable, 'write' | 'writableLength'>
  readonly clock: Pick<Clock, 'now'>
}

function describeError(error: Error): Record<string, unknown> {
  const { name, message, stack, cause } = error
  const { code } = error as { code?: unknown }
  return {
    name,
    ...(code === undefined ? {} : { code }),
    message,
    stack,
    ...(cause === undefined ? {} : { cause }),
  }
}

/** Makes everything that may be in a field fit for JSON. */
function replacer(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return value.toString()
  if (value instanceof Error) return describeError(value)
  if (value instanceof Uint8Array) return `<${value.length} bytes>`
  if (typeof value === 'string' && value.length > limits.logValueChars) {
    return `${value.slice(0, limits.logValueChars)}… (${value.length} characters)`
  }
  return value
}

function toJson(value: unknown): string {
  try {
    return JSON.stringify(value, replacer) ?? 'null'
  } catch {
    // A cycle, or a getter that throws: the line matters more than this field.
    return '"<not representable>"'
  }
}

function jsonLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  let line = `{"time":"${time}","level":"${level}","message":${toJson(message)}`
  for (const [name, value] of Object.entries(fields)) {
    if (value === undefined || name === 'time' || name === 'level' || name === 'message') continue
    line += `,${JSON.stringify(name)}:${toJson(value)}`
  }
  return `${line}}\n`
}

/** Control characters in a field could make a terminal lie; JSON writes them as escapes. */
function textValue(value: unknown): string {
  if (value instanceof Error) return toJson(value.message)
  return typeof value === 'string' && /^[\w./:@+-]+$/.test(value) ? value : toJson(value)
}

function textLine(time: string, level: LogLevel, message: string, fields: LogFields): string {
  const plain = toJson(message).slice(1, -1).replaceAll('\\"', '"')
  let line = `${time.slice(11, 19)} ${level.padEnd(5)} ${plain}`
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) line += ` ${name}=${textValue(value)}`
  }
  return `${line}\n`
}

/** `child` loggers share the stream and its count of lost lines. */
export function createLogger(options: LoggerOptions, { stream, clock }: LoggerDeps): Logger {
  const { level: least = 'info', format = 'json' } = options
  const threshold = logLevels.indexOf(least)
  const writeLine = format === 'json' ? jsonLine : textLine
  let lost = 0

  function write(level: LogLevel, message: string, fields: LogFields): void {
    if (logLevels.indexOf(level) < threshold) return
    if (stream.writableLength > limits.logBufferBytes) {
      lost += 1
      return
    }
    const time = new Date(clock.now()).toISOString()
    if (lost > 0) {
      const lines = lost
      lost = 0
      stream.write(
        writeLine(time, 'warn', 'log lines were lost: the reader is too slow', { lines }),
      )
    }
    stream.write(writeLine(time, level, message, fields))
  }

  function loggerWith(own: LogFields): Logger {
    const merged = (fields?: LogFields): LogFields =>
      fields === undefined ? own : { ...own, ...fields }
    return {
      debug: (message, fields) => write('debug', message, merged(fields)),
      info: (message, fields) => write('info', message, merged(fields)),
      warn: (message, fields) => write('warn', message, merged(fields)),
      error: (message, fields) => write('error', message, merged(fields)),
      child: (fields) => loggerWith(merged(fields)),
    }
  }

  return loggerWith(options.fields ?? {})
}
