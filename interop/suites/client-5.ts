// dcp-client 5.6.1 on Node: its own examples, and a program for each thing a client does.
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

import { installFolder } from '../../scripts/install-folder.ts'
import { startComputer } from '../../scripts/start-computer.ts'
import { type InteropProgram, judge } from '../judge.ts'
import type { Suite } from '../verdict.ts'

const dcpClient = 'dcp-client@5.6.1'

const example = (file: string, feature: string, expected: RegExp): InteropProgram => ({
  package: dcpClient,
  program: `examples/nodejs/${file}`,
  feature,
  path: pathOf(`node_modules/dcp-client/examples/nodejs/${file}`),
  expected,
})

const own = (name: string, feature: string): InteropProgram => ({
  package: dcpClient,
  program: `${name}.cjs`,
  feature,
  path: pathOf(`programs/${name}.cjs`),
  expected: readFileSync(pathOf(`programs/${name}.out`), 'utf8'),
})

function pathOf(file: string): string {
  return fileURLToPath(new URL(`../${file}`, import.meta.url))
}

const sampleAnswer = /^Job completed, here are the results: {2}\[ 2, 4, 6, 8 \]$/m

/** In the order of the table. */
export const programs: readonly InteropProgram[] = [
  example('simple-job.js', 'the first example, unmodified', sampleAnswer),
  example('simple-job-es6.mjs', 'the same as an ES module', /^\[ 2, 4, 6, 8 \]$/m),
  own('arrays', 'deploy values; result handle'),
  own('ranges', 'ranges with step, group, several dimensions, sparse; compute.do'),
  own('arguments', 'arguments with their types, 1 MB among them'),
  own('large', '5 MB in a slice, 20 MB in an argument, 7 MB in a result'),
  own('distributions', 'random, randomInt and normalRNG as input'),
  own('work-functions', 'work as text, asynchronous work, timers, work.job'),
  own('python', 'a work function in Python: arguments, environment, console, values'),
  own('iterables', 'generators and sets as input'),
  own('values', 'Map, Set, Date, typed arrays, BigInt, RegExp, undefined, NaN'),
  own('events', 'ready states, accepted, console, work.emit, result, status, complete'),
  own('more-events', 'repeated console lines, resultsUpdated, stopped, late listeners'),
  own('errors', 'error events; a job that fails ends with a code'),
  own('cancel', 'cancel a running job'),
  own('cancel-by-id', 'compute.cancel by id and keystore'),
  own('cancel-elsewhere', 'cancel from a second process'),
  own('fetch-results', 'fetch results again by the id of the job'),
  own('status', 'compute.status of one job and of all'),
  own('add-slices', 'autoClose = false, addSlices, close'),
  own('get-job-info', 'compute.getJobInfo and table queries'),
  own('worker-tables', 'what a worker keeps in the tables of the scheduler'),
  own('publish', 'publish a package, use it in a job; refusals'),
  own('local-modules', 'job.requires with modules of the program'),
  own('compute-groups', 'compute groups: create, change, delete, deploy into, list, remove'),
  own('proxy-keys', 'identity.requestProxyKey; deploy with a proxy key'),
]

/** One after the other, on one computer with two sandboxes. */
export const client5: Suite = {
  rows: programs,
  async run(chosen, tell) {
    installFolder(new URL('../', import.meta.url))
    const computer = await startComputer(2)
    try {
      for (const program of programs.filter(chosen)) tell(await judge(program, computer))
    } finally {
      await computer.close()
    }
  },
}
