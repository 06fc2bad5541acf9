/** The module `dcp/wallet`: our wallet, with the constructor that programs call with `await new`. */
import type { Wallet, WalletKeystore } from '../node/wallet.ts'

/** A fresh key, a private key to be locked, or a keystore to be read. */
interface KeystoreConstructor {
  new (source?: unknown, passphrase?: string): Promise<WalletKeystore>
}

export interface WalletModule extends Wallet {
  readonly Keystore: KeystoreConstructor
  readonly IdKeystore: KeystoreConstructor
}

const privateKeyForm = /^(0x)?[0-9a-fA-F]{64}$/

export function walletModule(wallet: Wallet): WalletModule {
  function make(source?: unknown, passphrase?: string): Promise<WalletKeystore> {
    if (source === undefined || source === null) return wallet.create(undefined, passphrase)
    const isKey = typeof source === 'string' && privateKeyForm.test(source)
    if (isKey || source instanceof Uint8Array) return wallet.create(source, passphrase)
    return wallet.open(source)
  }
  // What a constructor returns, if it is an object, is what `new` gives: here a promise.
  const Keystore = function (source?: unknown, passphrase?: string) {
    return make(source, passphrase)
  } as unknown as KeystoreConstructor
  return { ...wallet, Keystore, IdKeystore: Keystore }
}
