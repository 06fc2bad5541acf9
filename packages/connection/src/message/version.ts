/** Versions of the connection protocol (wire-protocol §6.3). */

/** What we say we speak. */
export const protocolVersion = '5.3.0'
/** The range we accept, as it is named to a peer outside of it. */
export const acceptedVersions = '^5.2.0'

/** True for a version within `acceptedVersions`. */
export function acceptsVersion(version: unknown): boolean {
  if (typeof version !== 'string') return false
  const match = /^5\.(\d{1,9})\.\d{1,9}$/.exec(version)
  return match !== null && Number(match[1]) >= 2
}
