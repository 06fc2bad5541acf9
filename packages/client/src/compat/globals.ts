/** The globals that programs of the Compute API expect after `init`. */
import type { NodeClient } from '../node/connect.ts'
import type { WalletKeystore } from '../node/wallet.ts'

/** Defines globals that are missing; what the program has defined itself stays. */
export function installGlobals(
  { scheduler }: NodeClient,
  keystore: WalletKeystore | undefined,
): void {
  const globals = {
    dcpConfig: { scheduler: { location: scheduler } },
    // The examples of the Compute API write `keystore.getWallet()` and never say where it is from.
    keystore,
  }
  for (const [name, value] of Object.entries(globals)) {
    if (value === undefined || name in globalThis) continue
    Object.defineProperty(globalThis, name, { value, configurable: true, writable: true })
  }
}
