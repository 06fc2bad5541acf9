/** Module ids: `package/file`, or relative to the module that names them. */
import { guestLimits } from '../limits.ts'

function isRelative(id: string): boolean {
  return id === '.' || id === '..' || id.startsWith('./') || id.startsWith('../')
}

/** The id without relative steps; `from` is the id of the module that names it, '' the work function. */
export function canonicalId(id: string, from: string): string {
  if (id === '' || id.length > guestLimits.moduleIdLength || /[\n\r\u2028\u2029\0]/.test(id)) {
    throw new TypeError('a module id that makes no sense')
  }
  if (!isRelative(id)) return id
  const steps = from.split('/').slice(0, -1)
  for (const step of id.split('/')) {
    if (step === '..') {
      if (steps.pop() === undefined) throw new TypeError(`${id} leads out of all packages`)
    } else if (step !== '.' && step !== '') steps.push(step)
  }
  return steps.join('/')
}
