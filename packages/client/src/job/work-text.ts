/**
 * The text of a work function. What is checked here is cheap: whether it is text that could be a
 * function. Running it is the sandbox's business.
 */
import { DcpError, mapBasic } from '@manyhands/protocol'

/** Parses a JavaScript expression without running it; throws SyntaxError. Absent where eval is not allowed. */
export type ParseExpression = (text: string) => void

function refuse(message: string, cause?: unknown): never {
  throw new DcpError('EBADARG', message, { details: { field: 'work' }, cause })
}

/** A native or bound function has no source of its own: its text cannot travel. */
const native = /\{\s*\[native code\]\s*\}\s*$/

/** A work function that is kept elsewhere: its location, else undefined. Throws EBADARG. */
export function workLocation(work: unknown): URL | undefined {
  if (typeof work !== 'object' || work === null || !('href' in work)) return undefined
  const { href } = work
  if (typeof href === 'string' && URL.canParse(href) && /^https?:/i.test(href)) return new URL(href)
  return refuse(`the work function cannot be loaded from ${String(href)}`)
}

/** The text of `work`, a function or text that evaluates to one. Throws EBADARG. */
export function workText(work: unknown, parse?: ParseExpression): string {
  if (typeof work !== 'function' && typeof work !== 'string') {
    const what = work === null ? 'null' : typeof work
    refuse(`the work function must be a function or the text of one, not ${what}`)
  }
  const text = String(work).trim().replace(/;+$/, '')
  if (text === '') refuse('the work function is an empty text')
  if (native.test(text)) {
    refuse('the work function is built in or bound: its text cannot be sent; wrap it in a function')
  }
  try {
    parse?.(`(\n${text}\n)`)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    // The engine has parsed a function before; what it gives as its text need not be one by itself.
    const hint = typeof work === 'function' ? '; a method must be written as a function' : ''
    refuse(`the work function does not parse: ${reason}${hint}`, cause)
  }
  return namingHelper.test(text) ? withNamingHelper(text) : text
}

/**
 * The work function of a job. What it is written in is known when the job is deployed: programs set
 * `job.worktime` after they have made the job.
 */
export interface WorkSource {
  /** The text as sandboxes of that worktime get it. Throws EBADARG. */
  textFor(worktime: string): string
}

/** Throws EBADARG for what is a work function in no language. */
export function workSource(
  work: unknown,
  options: { readonly parse?: ParseExpression | undefined; readonly spread?: boolean } = {},
): WorkSource {
  const { parse, spread = false } = options
  const script = (): string => {
    const text = workText(work, parse)
    return spread ? spreadingText(text) : text
  }
  if (typeof work === 'string' && work.trim() !== '') {
    // Any other language has a meaning for every blank, and its own way to take a tuple.
    return { textFor: (worktime) => (worktime === mapBasic.name ? script() : work) }
  }
  const text = script()
  return {
    textFor(worktime) {
      if (worktime === mapBasic.name) return text
      return refuse(`a function of this program cannot run in the worktime ${worktime}`)
    },
  }
}

/** Compilers that keep the names of functions (esbuild, and tsx with it) call this helper of theirs. */
const namingHelper = /\b__name\(/

/** Brings the helper along, on the first line, so that the lines of the text keep their numbers. */
function withNamingHelper(text: string): string {
  return `(function () { const __name = (named) => named; return (${text}\n)})()`
}

/**
 * Text of a function that spreads a tuple, its first argument, over the parameters of `text`. Every
 * worker runs it, the official one included, which hands an element of a multi range over whole.
 */
export function spreadingText(text: string): string {
  return [
    '(function () {',
    'const work = (',
    text,
    ')',
    'return function (tuple, ...rest) { return work.call(this, ...tuple, ...rest) }',
    '})()',
  ].join('\n')
}

/** Parses by compiling; never calls what it compiled. */
export const compileExpression: ParseExpression = (text) => {
  // oxlint-disable-next-line no-new, no-new-func, no-implied-eval -- compiled to be checked, never run
  new Function(`return ${text}`)
}
