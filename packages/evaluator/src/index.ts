/**
 * The evaluator is a program, not a library: what it exports is where the program is. It hosts the
 * sandboxes in which work functions run and trusts none of them.
 */
const compiled = import.meta.url.endsWith('.js')

/** The file to run with Node: see `main.ts` for its options. */
export const brokerEntry: URL = new URL(compiled ? './main.js' : './main.ts', import.meta.url)
