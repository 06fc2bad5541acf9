/** How a value taken from a message appears in an error: short, on one line, never executed. */

const shownMax = 60

/** The value as JSON text, cut at 60 characters. */
export function quote(value: unknown): string {
  const text = describe(value)
  return text.length > shownMax ? `${text.slice(0, shownMax)}…` : text
}

function describe(value: unknown): string {
  // Only a head is looked at: the value may be a text of many megabytes.
  if (typeof value === 'string') return JSON.stringify(value.slice(0, shownMax + 1))
  if (typeof value === 'object' && value !== null) {
    return Array.isArray(value) ? `an array of ${value.length}` : 'an object'
  }
  if (typeof value === 'function') return 'a function'
  return typeof value === 'bigint' ? `${value}n` : String(value)
}
