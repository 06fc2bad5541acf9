import { createInterface } from 'node:readline'

import { work } from './work.mjs'

process.stdout.write('ready\n')
for await (const line of createInterface({ input: process.stdin })) {
  const { name, size, inputs } = JSON.parse(line)
  const results = inputs.map((input) => work[name](input, size))
  process.stdout.write(JSON.stringify(results) + '\n')
}
