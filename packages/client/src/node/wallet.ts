/** The module `wallet`: the keystores of `~/.dcp`, and those that the program brings itself. */
import { DcpError, systemClock, systemRandom } from '@manyhands/protocol'
import {
  type Keystore,
  createKeystore,
  generatePrivateKey,
  parseAddress,
  parsePrivateKey,
} from '@manyhands/wallet'

import { type KeyDeps, keystoreOf, namedKeystore } from './keys.ts'

/** A keystore, with the names that programs of the Compute API use. */
export interface WalletKeystore extends Keystore {
  /** Itself. */
  getWallet(): WalletKeystore
}

export interface Wallet {
  /** The keystore of that name; `default` when it is missing. Throws EKEYSTORE. */
  get(name?: string | { readonly name?: string }): Promise<WalletKeystore>
  /** The identity that jobs are deployed with. */
  getId(): Promise<WalletKeystore>
  /** Makes it what `get` finds under that name, for this program. */
  add(keystore: unknown, name?: string): Promise<WalletKeystore>
  addId(keystore: unknown): Promise<WalletKeystore>
  /** The keystore that text, JSON, a file or a name is; it is not added. */
  open(source: unknown): Promise<WalletKeystore>
  /** Reads a keystore file. */
  load(file: string): Promise<{ readonly keystore: WalletKeystore }>
  /** Locks a private key, a fresh one when it is missing, with a passphrase, empty when missing. */
  create(privateKey?: string | Uint8Array, passphrase?: string): Promise<WalletKeystore>
  /** The checksum form of an address. Throws EBADARG. */
  parseAddress(text: string): string
}

const idName = 'id'
const defaultName = 'default'

function withNames(keystore: Keystore): WalletKeystore {
  const named: WalletKeystore = { ...keystore, getWallet: () => named }
  return named
}

export function createWallet(deps: KeyDeps): Wallet {
  const known = new Map<string, WalletKeystore>()

  async function find(name: string): Promise<WalletKeystore> {
    const found = known.get(name) ?? withNames(await namedKeystore(name, deps))
    known.set(name, found)
    return found
  }

  async function add(source: unknown, name: string): Promise<WalletKeystore> {
    const keystore = withNames(await keystoreOf(source, deps))
    known.set(name, keystore)
    return keystore
  }

  return {
    get: (name) => find((typeof name === 'string' ? name : name?.name) ?? defaultName),
    getId: () => find(idName),
    add: (source, name = defaultName) => add(source, name),
    addId: (source) => add(source, idName),
    open: async (source) => withNames(await keystoreOf(source, deps)),
    load: async (file) => ({ keystore: withNames(await namedKeystore(file, deps)) }),
    async create(privateKey, passphrase = '') {
      const key =
        privateKey === undefined
          ? generatePrivateKey(systemRandom)
          : typeof privateKey === 'string'
            ? parsePrivateKey(privateKey)
            : privateKey
      if (key.length !== 32) throw new DcpError('EBADARG', 'a private key has 32 bytes')
      const { crypto } = deps
      const powers = { crypto, random: systemRandom, clock: systemClock }
      return withNames(await createKeystore(key, { passphrase }, powers))
    },
    parseAddress: (text) => parseAddress(text, deps.crypto),
  }
}
