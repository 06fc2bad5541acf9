/** Turns the text of a work function into a function, and says where it does not parse. */
import type { LoadedWork } from './work.ts'

const { apply } = Reflect

const locatableLength = 1 << 20
const sourceName = 'workFunction'

/**
 * The engine keeps the place of a syntax error in evaluated text to itself, but tells it for a module.
 * The import can only fail: what does not parse there is not run.
 */
async function placeOfSyntaxError(text: string): Promise<string | undefined> {
  if (text.length > locatableLength) return undefined
  try {
    await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(`(${text}\n)`)}`)
    return undefined
  } catch (error) {
    const [, line, column] = /:(\d+):(\d+)\)?\s*$/.exec((error as Error).message) ?? []
    if (line === undefined || column === undefined) return undefined
    return `${line}:${line === '1' ? Math.max(1, Number(column) - 1) : column}`
  }
}

async function locate(error: unknown, text: string): Promise<unknown> {
  if (!(error instanceof SyntaxError)) return error
  const place = await placeOfSyntaxError(text)
  if (place === undefined) return error
  const located = new SyntaxError(`${error.message} (${sourceName}:${place})`)
  located.stack = `SyntaxError: ${error.message}\n    at ${sourceName}:${place}`
  return located
}

/** The text of a module as a function of `module`, `require` and `exports`. */
export function loadModule(id: string, text: string): (...parameters: unknown[]) => unknown {
  // Like a work function, a module is text that becomes code in the realm made for it.
  // oxlint-disable-next-line no-eval
  const evaluate = eval
  const name = id.replaceAll(/\s/g, '_')
  return evaluate(
    `(function (module, require, exports) {${text}\n})\n//# sourceURL=module/${name}`,
  ) as (...parameters: unknown[]) => unknown
}

/** Evaluates the text at the top of the realm; throws what it throws, or that it is no function. */
export async function loadWorkFunction(text: string, useStrict: boolean): Promise<LoadedWork> {
  const prologue = useStrict ? '"use strict";' : ''
  // This is the place where a work function's text becomes code, in the realm made for it.
  // oxlint-disable-next-line no-eval
  const evaluate = eval
  let value: unknown
  try {
    value = evaluate(`${prologue}(${text}\n)\n//# sourceURL=${sourceName}`)
  } catch (error) {
    throw await locate(error, text)
  }
  if (typeof value === 'function') {
    const work = value
    return { run: (datum, parameters) => apply(work, null, [datum, ...parameters]) as unknown }
  }
  throw new TypeError(`the work function is not a function: its text evaluates to ${typeof value}`)
}
