// What an official worker says first, and the sandbox's answer to it.
import { marshal } from '@manyhands/protocol'

import type { LineConnection } from '../sandbox/_line-evaluator.ts'

export const describeLine = JSON.stringify({
  type: 'workerMessage',
  message: marshal({ request: 'describe' }, { label: 'v9' }),
})

/** True when a real sandbox answered; false when the connection was closed instead. */
export async function isServed(connection: LineConnection): Promise<boolean> {
  const before = connection.lines.length
  connection.send(describeLine)
  const answered = (lines: readonly string[]): boolean =>
    lines.slice(before).some((line) => line.includes('"capabilities"'))
  await connection.until(answered)
  return answered(connection.lines)
}
