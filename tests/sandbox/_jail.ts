// Which jail the tests of real sandboxes use: the one of this machine where there is one.
import { createEvaluatorHost, type EvaluatorHost } from '@manyhands/sandbox/node'
import type { EvaluatorHostOptions } from '@manyhands/sandbox/node'

async function findJail(): Promise<{ readonly jail: string; readonly missing: readonly string[] }> {
  await using host = createEvaluatorHost({ spares: 0 })
  const { jail, missing = [] } = await host.describe()
  return { jail, missing }
}

/** What this machine offers, found by trying; `missing` says why it is none. */
export const jailHere: Awaited<ReturnType<typeof findJail>> = await findJail()

/** True when the jail is there. */
export const jailed: boolean = jailHere.jail === 'bubblewrap'

const settings: { jail: 'auto' | 'required' | 'none' } = { jail: jailed ? 'required' : 'none' }

/** For tests that are run once more without the jail. */
export function leaveJailOut(): void {
  settings.jail = 'none'
}

/** A host in the jail, or without where there is none or this run is to do without. */
export function createTestHost(options: EvaluatorHostOptions = {}): EvaluatorHost {
  return createEvaluatorHost({ jail: settings.jail, ...options })
}
