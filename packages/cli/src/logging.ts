/**
 * The logger of a command: on standard error, so that standard output stays the user's. On a terminal
 * a line first wipes what a progress bar may have left there.
 */
import type { Clock, Logger } from '@manyhands/protocol'
import { createLogger } from '@manyhands/service'

import type { LogLevel } from './log-level.ts'

export type LogFormat = 'json' | 'text'

const wipeLine = '\r\u001B[K'

/** Writes log text, of this process or of a child. */
export function writeLog(text: string): boolean {
  return process.stderr.write(process.stderr.isTTY ? `${wipeLine}${text}` : text)
}

export function commandLogger(level: LogLevel, format: LogFormat, clock: Clock): Logger {
  const stream = {
    write: writeLog,
    get writableLength() {
      return process.stderr.writableLength
    },
  }
  return createLogger({ level, format }, { stream, clock })
}
