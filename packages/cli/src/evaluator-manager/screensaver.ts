/**
 * The screen saver: the machine is in use until it starts. The first source that answers is asked
 * from then on; when none answers there is no screen here that could be in use.
 */
import type { Clock } from '@manyhands/protocol'

import { managerLimits } from './limits.ts'
import type { Monitor } from './monitor.ts'
import type { Presence, ScreenSource } from './screen-sources.ts'

export interface ScreensaverDeps {
  readonly sources: readonly ScreenSource[]
  readonly clock: Clock
  /** Told which source is asked, and when there is none. */
  readonly tell: (what: string) => void
}

export function createScreensaverMonitor({ clock, sources, tell }: ScreensaverDeps): Monitor {
  let chosen: ScreenSource | undefined
  let told = false
  let searchAt = 0

  async function search(): Promise<Presence | undefined> {
    // Each is a program to start, so those that had no answer are not asked every few seconds.
    if (clock.monotonic() < searchAt) return undefined
    for (const source of sources) {
      const answer = await source.ask()
      if (answer !== undefined) {
        chosen = source
        tell(`screensaver: ${source.name} is asked`)
        return answer
      }
    }
    searchAt = clock.monotonic() + managerLimits.searchMs
    return undefined
  }

  return {
    name: 'screensaver',
    async look() {
      const presence = (await chosen?.ask()) ?? (await search())
      if (presence !== undefined) return presence === 'present' ? 'it is not active' : undefined
      if (chosen !== undefined) return `${chosen.name} no longer answers`
      if (!told) tell('screensaver: there is none to ask, over D-Bus or otherwise')
      told = true
      return undefined
    },
  }
}
