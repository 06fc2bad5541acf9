/** Which service a socket.io request is for (wire-protocol §4.1). */

/** What dcp-client 5 appends to a location's path; dcp-client 4 appends nothing. */
export const socketPath = 'dcp5/socketio/'

/** Pathname of a location, ending in `/`, → name of its service. */
export type Locations = Readonly<Record<string, string>>

/**
 * The service a request URL asks for: the longest location that begins its path, with nothing but
 * the optional socket path behind it. Undefined for a request that is not socket.io's.
 */
export function serviceFor(
  requestUrl: string | undefined,
  locations: Locations,
): string | undefined {
  const [path = '', query = ''] = (requestUrl ?? '').split('?', 2)
  if (!new URLSearchParams(query).has('EIO')) return undefined
  const withSlash = path.endsWith('/') ? path : `${path}/`
  let longest: string | undefined
  for (const location of Object.keys(locations)) {
    if (!withSlash.startsWith(location) || location.length < (longest?.length ?? 0)) continue
    const rest = withSlash.slice(location.length)
    if (rest === '' || rest === socketPath) longest = location
  }
  return longest === undefined ? undefined : locations[longest]
}
