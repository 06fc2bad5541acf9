/**
 * Finds the text of a part inside valid JSON text. Resource signatures cover the text of a payload
 * exactly as it was sent (wire-protocol §10), so it must not be written anew from the parsed value.
 */

/** The text of a member's value; like `JSON.parse`, the last one of that name counts. */
export function memberText(objectText: string, name: string): string | undefined {
  let found: string | undefined
  let at = skipSpace(objectText, 0)
  if (objectText[at] !== '{') return undefined
  at = skipSpace(objectText, at + 1)
  while (objectText[at] === '"') {
    const keyEnd = endOfString(objectText, at)
    const key: unknown = JSON.parse(objectText.slice(at, keyEnd))
    const start = skipSpace(objectText, skipSpace(objectText, keyEnd) + 1)
    const end = endOfValue(objectText, start)
    if (key === name) found = objectText.slice(start, end)
    at = skipSpace(objectText, end)
    if (objectText[at] === ',') at = skipSpace(objectText, at + 1)
  }
  return found
}

/** The text of one element of an array. */
export function elementText(arrayText: string, index: number): string | undefined {
  let at = skipSpace(arrayText, 0)
  if (arrayText[at] !== '[') return undefined
  at = skipSpace(arrayText, at + 1)
  for (let position = 0; at < arrayText.length && arrayText[at] !== ']'; position += 1) {
    const end = endOfValue(arrayText, at)
    if (position === index) return arrayText.slice(at, end)
    at = skipSpace(arrayText, end)
    if (arrayText[at] === ',') at = skipSpace(arrayText, at + 1)
  }
  return undefined
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && ' \t\n\r'.includes(text.charAt(at))) at += 1
  return at
}

/** From an opening quote to the position after the closing one. */
function endOfString(text: string, from: number): number {
  for (let at = from + 1; at < text.length; at += 1) {
    if (text[at] === '\\') at += 1
    else if (text[at] === '"') return at + 1
  }
  return text.length
}

function endOfValue(text: string, from: number): number {
  let depth = 0
  for (let at = from; at < text.length; at += 1) {
    switch (text.charAt(at)) {
      case '"':
        at = endOfString(text, at) - 1
        if (depth === 0) return at + 1
        break
      case '{':
      case '[':
        depth += 1
        break
      case '}':
      case ']':
        depth -= 1
        // A number or word at the end of its parent ends where the parent does.
        if (depth < 0) return at
        if (depth === 0) return at + 1
        break
      case ',':
      case ' ':
      case '\t':
      case '\n':
      case '\r':
        if (depth === 0) return at
        break
      default:
        break
    }
  }
  return text.length
}
