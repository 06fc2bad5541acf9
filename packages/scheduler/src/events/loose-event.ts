/** Events that belong to no stored position: told once to whoever listens now or in a moment. */

export type LooseLabel = 'console' | 'error' | 'noprogress' | 'custom' | 'nofunds'

export interface LooseEvent {
  readonly job: number
  readonly label: LooseLabel
  /** Members beside `eventName` and `job`. */
  readonly body: Readonly<Record<string, unknown>>
}
