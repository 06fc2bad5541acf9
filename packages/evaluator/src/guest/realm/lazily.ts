/**
 * Some globals are made by the runtime when they are first asked for, which takes it milliseconds: as
 * long as half the start of a sandbox. What is needed of them is taken before any untrusted byte runs,
 * but made only where a work function uses it.
 */
export function lazily<Name extends keyof typeof globalThis>(
  name: Name,
): () => (typeof globalThis)[Name] {
  type Made = (typeof globalThis)[Name]
  const { apply } = Reflect
  const get = Object.getOwnPropertyDescriptor(globalThis, name)?.get as (() => Made) | undefined
  if (get === undefined) {
    const value = globalThis[name]
    return () => value
  }
  let made: { readonly value: Made } | undefined
  return () => {
    made ??= { value: apply(get, globalThis, []) }
    return made.value
  }
}
