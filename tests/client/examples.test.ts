// The example programs of the Compute API 1.5.2, as they are printed there, each in a process of its
// own against a whole computer: what they print is what is printed there.
import { Testnet } from '@manyhands/testnet'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { runProgram } from './_run-program.ts'

const printed: Readonly<Record<string, string>> = {
  '1': `results:     [ 10, 20, 30 ]
entries:     [ [ '1', 10 ], [ '2', 20 ], [ '3', 30 ] ]
fromEntries: { '1': 10, '2': 20, '3': 30 }
keys:        [ '1', '2', '3' ]
values:      [ 10, 20, 30 ]
key(2):      20`,
  '2': '[ 10, 12 ]',
  '3': '[ 1, 1 ]',
  '4': '[[3, 4, 5], [6, 8, 10]]',
  '5': '[[[1, 3, 3], [1, 4, 4], [1, 5, 5]], [[2, 3, 6], [2, 4, 8], [2, 5, 10]]]',
  '6': '[ 123, 456 ]',
}

/** Consoles differ in where they put blanks; the Compute API itself does. */
function withoutBlanks(text: string): string {
  return text.replaceAll(/\s+/g, '')
}

let net: Testnet
beforeAll(async () => {
  net = await Testnet.create({ workers: 1 })
})
afterAll(() => net.close())

describe('an example program', () => {
  it.each(Object.keys(printed))('%s prints what the Compute API prints', async (number) => {
    const { output, errors, status } = await runProgram(`examples/compute-api/${number}.js`, {
      DCP_SCHEDULER_LOCATION: net.url.href,
      DCP_RESOURCE_DIR: net.keystoreDirectory,
    })
    expect(errors).toBe('')
    expect(withoutBlanks(output)).toBe(withoutBlanks(printed[number] ?? ''))
    expect(status).toBe(0)
  })
})
