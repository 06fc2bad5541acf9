/** Chooses the fastest code that works on this machine, once per process, and says which it is. */
import { type Logger, silentLogger } from '@manyhands/protocol'
import { createKeccak } from 'hash-wasm'

import { pureCurve } from '../crypto-pure.ts'
import { cryptoFromCurve } from '../crypto-from-curve.ts'
import type { Crypto } from '../crypto.ts'
import { createNativeCrypto } from './native-crypto.ts'

/** One hasher, used again for each message: making one costs far more than a hash. */
async function wasmKeccak(): Promise<Crypto['keccak256']> {
  const hasher = await createKeccak(256)
  return (data) => hasher.init().update(data).digest('binary')
}

async function choose(logger: Logger): Promise<Crypto> {
  const keccak256 = await wasmKeccak()
  try {
    const crypto = createNativeCrypto(keccak256)
    logger.debug('signatures are made by native code', { backend: crypto.backend })
    return crypto
  } catch (error) {
    logger.warn(
      'signatures are made in JavaScript, about thirty times slower than by native code: ' +
        'install the optional binary of the npm package secp256k1 for this platform',
      { backend: 'pure', reason: error instanceof Error ? error.message : String(error) },
    )
    return cryptoFromCurve({ backend: 'pure', curve: pureCurve, keccak256 })
  }
}

let shared: Promise<Crypto> | undefined

/** The process's one `Crypto`; the first caller's logger hears which backend was chosen. */
export function loadCrypto(logger: Logger = silentLogger): Promise<Crypto> {
  shared ??= choose(logger)
  return shared
}
