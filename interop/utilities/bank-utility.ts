// bank-utility: accounts. Where there is no bank, every request must be refused in words that say so.
import { strict as assert } from 'node:assert'

import type { UtilityRow } from './row.ts'

const lack = 'this computer has no bank yet; it says so (ENOTSUPPORTED)'
const someone = '0x1111111111111111111111111111111111111111'

export const bankUtility: readonly UtilityRow[] = [
  {
    program: 'bank-utility balance',
    feature: 'credits of an account',
    lack,
    async check(scene) {
      const { code, message } = (await scene.json(['bank-utility', 'balance', '-j'])) as {
        code: string
        message: string
      }
      assert.equal(code, 'ENOTSUPPORTED')
      assert.match(message, /bankTeller is not offered/)
    },
  },
  {
    program: 'bank-utility transfer',
    feature: 'credits to another account',
    lack,
    async check(scene) {
      const { status, complaints } = await scene.run(['bank-utility', 'transfer', '1', someone])
      assert.equal(status, 1)
      assert.match(complaints, /bankTeller is not offered[^]*ENOTSUPPORTED/)
    },
  },
]
