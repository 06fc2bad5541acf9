/** The logger of a command: JSON lines on standard error, so that standard output stays the user's. */
import type { Clock, Logger } from '@manyhands/protocol'
import { createLogger } from '@manyhands/service'

import type { LogLevel } from './log-level.ts'

export function commandLogger(level: LogLevel, clock: Clock): Logger {
  return createLogger({ level, write: (line) => process.stderr.write(line) }, { clock })
}
