/** The members of task requests that all workers send alike, as the offer they make. */
import { addressAlias } from '../jobs/jobs-store.ts'
import { sandboxesMax } from '../limits.ts'

/** Sandboxes a worker has, or has free. */
export function sandboxCount(given: number | undefined): number {
  return Math.min(Math.max(0, Math.ceil(given ?? 0)), sandboxesMax)
}

/** True when the worker works without a wage. */
export function isUnpaid(wage: Readonly<Record<string, number>> | undefined): boolean {
  return !Object.values(wage ?? {}).some((rate) => rate > 0)
}

/** Names of jobs in the form they are looked up by; undefined for none. */
export function namesOf(names: readonly (string | null)[]): Set<string> {
  const set = new Set<string>()
  for (const name of names) if (name !== null) set.add(addressAlias(name) ?? name)
  return set
}

/** The only jobs a worker wants; undefined: any. */
export function onlyOf(names: readonly string[]): Set<string> | undefined {
  return names.length === 0 ? undefined : namesOf(names)
}
