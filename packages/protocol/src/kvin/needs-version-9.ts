/**
 * Which values only version 9 reads: symbols. Everything else is written the same in both versions,
 * so that one text labelled v8 serves every reader.
 */

/** A symbol with a description, or without one: then nothing of it is left. */
const symbolForm = /\{(?:"symbol":|\})/

function membersOf(form: unknown): unknown[] {
  return typeof form === 'object' && form !== null ? Object.values(form) : []
}

/** True when a prepared text, or a document, holds a symbol that readers of version 8 stumble over. */
export function needsVersion9(text: string): boolean {
  if (!symbolForm.test(text)) return false
  const forms: unknown[] = [JSON.parse(text)]
  while (forms.length > 0) {
    const form = forms.pop()
    if (typeof form !== 'object' || form === null) continue
    const members = form as Readonly<Record<string, unknown>>
    // What is written as it is may look like anything.
    if (Object.hasOwn(members, 'raw')) continue
    if (Object.hasOwn(members, 'symbol') || Object.keys(members).length === 0) return true
    const { what, mapKeys, mapVals, set, arr, isl, ps } = members
    for (const one of [what, mapKeys, mapVals, set]) if (one !== undefined) forms.push(one)
    // Elements and properties; the elements of an island are those of an array of their own.
    for (const one of Array.isArray(arr) ? (arr as readonly unknown[]) : [arr]) forms.push(one)
    for (const one of membersOf(isl)) forms.push(one)
    for (const one of membersOf(ps)) forms.push(one)
  }
  return false
}
