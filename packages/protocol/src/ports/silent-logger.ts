/** The default of every library: says nothing. */
import type { Logger } from '../ports.ts'

const nothing = (): void => undefined

/** A logger that drops everything. */
export const silentLogger: Logger = {
  debug: nothing,
  info: nothing,
  warn: nothing,
  error: nothing,
  child: () => silentLogger,
}
