/** Joins the parts in which a message or a line has come. */

/** `length` is that of all parts together. A single part is handed on as it is, not copied. */
export function joinParts(parts: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  const whole = new Uint8Array(length)
  let offset = 0
  for (const part of parts) {
    whole.set(part, offset)
    offset += part.byteLength
  }
  return whole
}
