import { expect, it } from 'vitest'

import * as wallet from './index.ts'
import * as node from './node/index.ts'

it('exports exactly this', () => {
  expect(Object.keys(wallet).toSorted()).toEqual([
    'createKeystore',
    'createPureCrypto',
    'createSigner',
    'eh1',
    'encodePrivateKey',
    'generatePrivateKey',
    'hashMessage',
    'joinHash',
    'joinHashHash',
    'parseAddress',
    'parseKeystore',
    'parsePrivateKey',
    'recoverSigner',
  ])
  expect(Object.keys(node).toSorted()).toEqual([
    'findKeystore',
    'keystorePath',
    'loadCrypto',
    'makeOwnDirectory',
    'readKeystoreFile',
    'readOrCreateKeystoreFile',
    'resourceDirectory',
    'terminalPrompt',
    'unlockKeystore',
    'writeKeystoreFile',
  ])
})
