import { createPureCrypto, createSigner } from '@manyhands/wallet'
import { silentLogger } from '@manyhands/protocol'
import { describe, expect, it } from 'vitest'

import { createUnlocked } from './unlocked.ts'

const crypto = createPureCrypto()
const signer = createSigner(new Uint8Array(32).fill(7), crypto)

function keystoreThat(unlock: () => Promise<typeof signer>): object {
  return { address: signer.address, label: '', unlock, toJSON: () => ({}) }
}

const unlocked = () => createUnlocked({ crypto, logger: silentLogger, home: '/nowhere', env: {} })

describe('unlocked keystores', () => {
  it('are unlocked once', async () => {
    let times = 0
    const keystore = keystoreThat(() => {
      times += 1
      return Promise.resolve(signer)
    })
    const keys = unlocked()
    expect((await keys.signer(keystore)).address).toBe(signer.address)
    expect((await keys.signer(keystore)).address).toBe(signer.address)
    expect(times).toBe(1)
  })

  it('may be tried again after a failure', async () => {
    let times = 0
    const keystore = keystoreThat(() => {
      times += 1
      return times === 1 ? Promise.reject(new Error('wrong')) : Promise.resolve(signer)
    })
    const keys = unlocked()
    await expect(keys.signer(keystore)).rejects.toThrow('wrong')
    expect((await keys.signer(keystore)).address).toBe(signer.address)
  })

  it('take a private key as text', async () => {
    const keys = unlocked()
    const text = '07'.repeat(32)
    expect((await keys.signer(text)).address).toBe(signer.address)
    expect((await keys.signer(text)).address).toBe(signer.address)
  })
})
