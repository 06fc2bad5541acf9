/**
 * Keystores that were unlocked stay so for the client's life: unlocking is slow on purpose, and a
 * person should be asked for a passphrase once, not once a job.
 */
import type { Signer } from '@manyhands/protocol'

import { type KeyDeps, signerOf } from './keys.ts'

export interface Unlocked {
  /** The key that `source` names; see `signerOf`. */
  signer(source: unknown): Promise<Signer>
}

export function createUnlocked(deps: KeyDeps): Unlocked {
  const byObject = new WeakMap<object, Promise<Signer>>()
  let lastText: { readonly text: string; readonly signer: Promise<Signer> } | undefined

  /** A failed attempt (a wrong passphrase) may be made again. */
  function begin(source: unknown, forget: () => void): Promise<Signer> {
    const signer = signerOf(source, deps)
    signer.catch(forget)
    return signer
  }

  return {
    signer(source) {
      if (typeof source === 'string') {
        if (lastText?.text !== source) {
          lastText = { text: source, signer: begin(source, () => (lastText = undefined)) }
        }
        return lastText.signer
      }
      if (typeof source !== 'object' || source === null) return signerOf(source, deps)
      const known = byObject.get(source)
      if (known !== undefined) return known
      const signer = begin(source, () => byObject.delete(source))
      byObject.set(source, signer)
      return signer
    },
  }
}
