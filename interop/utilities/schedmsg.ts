// schedmsg: messages to workers. The utility stops before it sends anything, with any scheduler: it
// gives its connection a text where its own client wants a URL.
import { strict as assert } from 'node:assert'

import type { UtilityRow } from './row.ts'

const commands: readonly (readonly string[])[] = [
  ['announce', 'hello'],
  ['remove', `0x${'11'.repeat(20)}`],
  ['openPopup', 'http://127.0.0.1/'],
  ['kill'],
  ['reload'],
  ['restart'],
]

export const schedmsgRows: readonly UtilityRow[] = commands.map((command) => ({
  program: `schedmsg ${command[0]}`,
  feature: 'a message to the workers of an identity',
  defect: 'the utility stops before it sends: it connects to a text, not to a URL',
  async check(scene) {
    const { status, complaints } = await scene.run(['schedmsg', ...command])
    assert.equal(status, 1)
    assert.match(complaints, /bad targetDescriptor: could not determine target location/)
  },
}))
