/** `manyhands config`: the configuration that clients of such a scheduler are given. */
import { configurationTree } from '@manyhands/service'

import { dataDirectory } from './paths.ts'
import type { SchedulerFlags } from './program.ts'

export function config(options: SchedulerFlags): Promise<number> {
  const origin = `http://127.0.0.1:${options.port}`
  const effective = {
    dataDirectory: dataDirectory(options.data),
    host: '127.0.0.1',
    port: options.port,
    logLevel: options.logLevel,
    published: configurationTree({ origin, forgetIdentity: true }),
  }
  process.stdout.write(`${JSON.stringify(effective, undefined, 2)}\n`)
  return Promise.resolve(0)
}
