// Runs the sample job here, from the text of its work function alone, in a realm of its own.
import { runInNewContext } from 'node:vm'

import type { SampleCompute } from './index.ts'

export const inProcessCompute: SampleCompute = {
  for(start, end, work, workArguments) {
    const listeners: (() => void)[] = []
    return {
      on: (_event, listener) => listeners.push(listener),
      exec() {
        const run: unknown = runInNewContext(`(${work.toString()})`, { progress: () => true })
        if (typeof run !== 'function') throw new Error('the work function is not a function')
        const results: unknown[] = []
        for (let slice = start; slice <= end; slice++) {
          results.push(Reflect.apply(run, undefined, [slice, ...workArguments]))
          for (const listener of listeners) listener()
        }
        return Promise.resolve(results)
      },
    }
  },
}
