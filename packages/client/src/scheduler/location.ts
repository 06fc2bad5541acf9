/** Locations of schedulers, as programs give them. */
import { DcpError } from '@manyhands/protocol'

/** As a URL that ends in `/`. Throws EBADARG for what is no http or https location. */
export function parseSchedulerLocation(given: unknown): URL {
  const text = String(given)
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
