/**
 * Structured clone loses two things that may travel in results: it turns a URL into an empty object
 * and drops the name and code of an error. Both sides of a crossing name them beside the value, by
 * reference: clone keeps identity within one message.
 */
export type Lost =
  | readonly [holder: object, kind: 'url', href: string]
  | readonly [holder: object, kind: 'error', properties: ReadonlyMap<string, unknown>]

const hrefProperty: { readonly get?: () => unknown } | undefined = Object.getOwnPropertyDescriptor(
  URL.prototype,
  'href',
)
/** Longer arrays cannot travel, so it does not matter what is in them. */
const arrayLengthMax = 10_000_000
const plainErrorNames = new Set([
  'Error',
  'EvalError',
  'RangeError',
  'ReferenceError',
  'SyntaxError',
  'TypeError',
  'URIError',
])

function hrefOf(value: object): string | undefined {
  if (hrefProperty?.get === undefined || !(value instanceof URL)) return undefined
  return Reflect.apply(hrefProperty.get, value, []) as string
}

function errorProperties(error: Error): ReadonlyMap<string, unknown> {
  const found = new Map<string, unknown>()
  if (typeof error.name === 'string' && !plainErrorNames.has(error.name)) {
    found.set('name', error.name)
  }
  for (const key of Object.keys(error)) {
    const value = (error as unknown as Record<string, unknown>)[key]
    if (value === null || (typeof value !== 'object' && typeof value !== 'function')) {
      if (typeof value !== 'symbol') found.set(key, value)
    }
  }
  return found
}

/** Calls `visit` with the members of `holder` that may themselves hold something. */
function visitMembers(holder: object, visit: (member: object) => void): void {
  const look = (member: unknown): void => {
    if (typeof member === 'object' && member !== null) visit(member)
  }
  if (ArrayBuffer.isView(holder) || holder instanceof ArrayBuffer) return
  if (holder instanceof Map) {
    for (const [key, value] of holder) {
      look(key)
      look(value)
    }
  } else if (holder instanceof Set) {
    for (const member of holder) look(member)
  }
  if (Array.isArray(holder)) {
    if (holder.length > arrayLengthMax) return
    for (let index = 0; index < holder.length; index += 1) look(holder[index])
    return
  }
  for (const key of Object.keys(holder)) look((holder as Record<string, unknown>)[key])
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** Finds what a structured clone of `value` would lose. */
export function findLost(value: unknown): readonly Lost[] | undefined {
  if (!isObject(value)) return undefined
  const lost: Lost[] = []
  const seen = new Set<object>([value])
  const queue: object[] = [value]
  for (let holder = queue.pop(); holder !== undefined; holder = queue.pop()) {
    const href = hrefOf(holder)
    if (href !== undefined) {
      lost.push([holder, 'url', href])
      continue
    }
    if (holder instanceof Error) {
      lost.push([holder, 'error', errorProperties(holder)])
      continue
    }
    visitMembers(holder, (member) => {
      if (seen.has(member)) return
      seen.add(member)
      queue.push(member)
    })
  }
  return lost.length === 0 ? undefined : lost
}

function replaceIn(holder: object, replaced: ReadonlyMap<unknown, unknown>): void {
  if (ArrayBuffer.isView(holder) || holder instanceof ArrayBuffer) return
  if (holder instanceof Map) {
    const entries = [...holder]
    holder.clear()
    for (const [key, value] of entries) {
      holder.set(replaced.get(key) ?? key, replaced.get(value) ?? value)
    }
  } else if (holder instanceof Set) {
    const members = [...holder]
    holder.clear()
    for (const member of members) holder.add(replaced.get(member) ?? member)
  }
  const record = holder as Record<string, unknown>
  for (const key of Object.keys(record)) {
    const replacement = replaced.get(record[key])
    if (replacement !== undefined) record[key] = replacement
  }
}

function restoreError(
  error: object,
  properties: ReadonlyMap<string, unknown>,
  readStack: (stack: string) => string,
): void {
  const define = (name: string, value: unknown, enumerable: boolean): void => {
    Object.defineProperty(error, name, { value, enumerable, configurable: true, writable: true })
  }
  for (const [name, value] of properties) define(name, value, name !== 'name')
  const { stack } = error as { stack?: unknown }
  if (typeof stack === 'string') define('stack', readStack(stack), false)
}

/**
 * Puts back what was lost; returns the value, which may be another object than before. `readStack`
 * sees the stack of every error in it.
 */
export function restoreLost(
  value: unknown,
  lost: readonly Lost[] | undefined,
  readStack: (stack: string) => string = (stack) => stack,
): unknown {
  if (lost === undefined || !isObject(value)) return value
  const replaced = new Map<unknown, unknown>()
  for (const [holder, kind, data] of lost) {
    if (kind === 'url') replaced.set(holder, new URL(data))
    else restoreError(holder, data, readStack)
  }
  if (replaced.size === 0) return value
  const whole = replaced.get(value)
  if (whole !== undefined) return whole
  const seen = new Set<object>([value])
  const queue: object[] = [value]
  for (let holder = queue.pop(); holder !== undefined; holder = queue.pop()) {
    replaceIn(holder, replaced)
    visitMembers(holder, (member) => {
      if (member instanceof URL || seen.has(member)) return
      seen.add(member)
      queue.push(member)
    })
  }
  return value
}
