/** How much a command logs; see CONTRIBUTING for what belongs to which level. */
export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const
export type LogLevel = (typeof logLevels)[number]
