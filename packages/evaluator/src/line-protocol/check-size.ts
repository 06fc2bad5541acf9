/** Looks at a JSON text before it is parsed: how deep it is and of how much it would be made. */
import { RefusedLine } from './check-value.ts'
import { lineLimits } from './limits.ts'

const quote = 34
const backslash = 92
const open = new Set([91, 123])
const close = new Set([93, 125])

/** The place of the quotation mark that ends the string which begins at `from`. */
function endOfString(text: string, from: number): number {
  for (let at = from + 1; ; at += 1) {
    at = text.indexOf('"', at)
    if (at < 0) return text.length
    let escapes = 0
    while (text.charCodeAt(at - 1 - escapes) === backslash) escapes += 1
    if (escapes % 2 === 0) return at
  }
}

/** @throws RefusedLine when parsing it would take too much memory or stack. */
export function checkSize(text: string): void {
  let depth = 0
  let containers = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === quote) at = endOfString(text, at)
    else if (open.has(code)) {
      depth += 1
      containers += 1
      if (depth > lineLimits.depthMax) throw new RefusedLine('a message nested too deep')
      if (containers > lineLimits.containersMax)
        throw new RefusedLine('a message of too many parts')
    } else if (close.has(code)) depth -= 1
  }
}
