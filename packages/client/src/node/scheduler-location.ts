/** Where the scheduler is: given, or in the environment, or the computer on this machine. */
import { parseSchedulerLocation } from '../scheduler/location.ts'

const defaultScheduler = 'http://127.0.0.1:4280/'

/** Throws EBADARG for what is no http or https location. */
export function schedulerLocation(
  given: string | URL | undefined,
  env: Readonly<Record<string, string | undefined>>,
): URL {
  return parseSchedulerLocation(
    given ?? (env.DCP_SCHEDULER_LOCATION || undefined) ?? defaultScheduler,
  )
}
