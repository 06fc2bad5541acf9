/** The logger of a command: on standard error, so that standard output stays the user's. */
import type { Clock, Logger } from '@manyhands/protocol'
import { createLogger } from '@manyhands/service'

import type { LogLevel } from './log-level.ts'

/** Text on a terminal, JSON lines for programs. */
export function commandLogger(level: LogLevel, clock: Clock): Logger {
  const { stderr: stream } = process
  return createLogger({ level, format: stream.isTTY ? 'text' : 'json' }, { stream, clock })
}
