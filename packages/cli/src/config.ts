/** `manyhands config`: the configuration that clients of such a scheduler are given. */
import { configurationTree, originOf } from '@manyhands/service'

import { dataDirectory } from './paths.ts'
import type { SchedulerFlags } from './program.ts'

export function config(options: SchedulerFlags): Promise<number> {
  const { host, port, publicUrl } = options
  const effective = {
    dataDirectory: dataDirectory(options.data),
    host,
    port,
    ...(publicUrl === undefined ? {} : { publicUrl }),
    logLevel: options.logLevel,
    published: configurationTree({ origin: publicUrl ?? originOf(host, port) }),
  }
  process.stdout.write(`${JSON.stringify(effective, undefined, 2)}\n`)
  return Promise.resolve(0)
}
