// A row about one sub-command of a utility: what is done, and what must come of it.
import type { Scene } from './scene.ts'

export interface UtilityRow {
  /** The utility and the sub-command. */
  readonly program: string
  readonly feature: string
  /** Throws when anything is not as it must be. */
  readonly check: (scene: Scene) => Promise<void>
  /** Why the package cannot do it by itself; the check is then that it fails in just this way. */
  readonly defect?: string
  /** What is missing on this computer; the check is then that it is said clearly. */
  readonly lack?: string
}

/** Makes rows about sub-commands of one utility. */
export const rowsOf =
  (utility: string) =>
  (name: string, feature: string, check: UtilityRow['check']): UtilityRow => ({
    program: `${utility} ${name}`,
    feature,
    check,
  })
