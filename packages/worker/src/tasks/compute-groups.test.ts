import { createPureCrypto } from '@manyhands/wallet'
import { describe, expect, it } from 'vitest'

import { groupCredentials, parseJoin } from './compute-groups.ts'

const crypto = createPureCrypto()

describe('compute groups', () => {
  it('prove the secret for one session, as official workers do', () => {
    const [credentials] = groupCredentials(
      [parseJoin('scott,tiger')],
      true,
      'dcpsid-taskDistributor',
      crypto,
    )
    expect(credentials).toEqual({
      joinKey: 'scott',
      joinHashHash: 'eh1-77e30f7fdc3d0eccfd10f8a0768d71b41209e008a777c63b04f17ca85842e47b',
    })
  })

  it('take the hash in place of the secret', () => {
    const join = parseJoin(
      'scott,eh1-672937c2b944982e071185b888770f8b8ea67c11f56d545e403e0d513c609b87',
    )
    expect(groupCredentials([join], true, 'dcpsid-taskDistributor', crypto)).toEqual(
      groupCredentials([parseJoin('scott,tiger')], true, 'dcpsid-taskDistributor', crypto),
    )
  })

  it('include the public one unless it is left', () => {
    const keys = (leave: boolean): string[] =>
      groupCredentials([{ joinKey: 'a', joinSecret: 'b' }], leave, 's', crypto).map(
        ({ joinKey }) => joinKey,
      )
    expect(keys(false)).toEqual(['a', 'public'])
    expect(keys(true)).toEqual(['a'])
  })
})
