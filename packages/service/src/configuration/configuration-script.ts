/** Configuration as a script, for browsers: JSON, but for locations, which are `URL` objects. */

export type ConfigurationValue =
  | string
  | number
  | boolean
  | null
  | URL
  | readonly ConfigurationValue[]
  | ConfigurationTree

export interface ConfigurationTree {
  readonly [name: string]: ConfigurationValue
}

/** A JavaScript expression. */
export function encodeScript(value: ConfigurationValue): string {
  if (value instanceof URL) return `new URL(${JSON.stringify(value.href)})`
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return JSON.stringify(value)
  }
  const members = Object.entries(value).map(
    ([name, member]) => `${JSON.stringify(name)}:${encodeScript(member as ConfigurationValue)}`,
  )
  return `{${members.join(',')}}`
}
