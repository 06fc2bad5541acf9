/** What watches the machine for the manager: each looks at one thing that tells of its use. */
export const monitorNames = ['session', 'screensaver', 'signal', 'battery'] as const
export type MonitorName = (typeof monitorNames)[number]

export interface Monitor {
  readonly name: MonitorName | 'schedule' | 'load'
  /**
   * Why evaluators should not run now, in words to follow its name; undefined when they may.
   * Rejects when its source cannot be read: the machine then counts as busy.
   */
  look(): Promise<string | undefined>
}
