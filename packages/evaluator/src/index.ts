/**
 * The evaluator is a program, not a library: what it exports is where the programs are, and how to
 * read what one of its processes has used. It hosts the sandboxes in which work functions run and
 * trusts none of them.
 */
export { createGpuMeter, type GpuMeter } from './gpu/meter.ts'
export { findPyodide, type PyodideInstallation } from './pyodide.ts'
export { createCpuMeter, type CpuMeter, pidNamespace } from './proc.ts'

const compiled = import.meta.url.endsWith('.js')

function entry(name: string): URL {
  return new URL(`./${name}.${compiled ? 'js' : 'ts'}`, import.meta.url)
}

/** The file to run with Node: see `main.ts` for its options. */
export const brokerEntry: URL = entry('main')

/** The file to run with Node that examines this machine: see `doctor.ts`. */
export const doctorEntry: URL = entry('doctor')
