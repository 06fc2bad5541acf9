/** Where the scheduler is: given, or in the environment, or the computer on this machine. */
import { DcpError } from '@manyhands/protocol'

const defaultScheduler = 'http://127.0.0.1:4280/'

/** Throws EBADARG for what is no http or https location. */
export function schedulerLocation(
  given: string | URL | undefined,
  env: Readonly<Record<string, string | undefined>>,
): URL {
  const named = given ?? (env.DCP_SCHEDULER_LOCATION || undefined) ?? defaultScheduler
  const text = String(named)
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    throw new DcpError(
      'EBADARG',
      `the location of the scheduler must be an http or https URL, not ${text}`,
      { details: { field: 'scheduler' } },
    )
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}
