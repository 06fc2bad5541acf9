/** Finds the key that a program means: a keystore, its text, its file, its name, or the key itself. */
import { DcpError, type Logger, type Signer } from '@manyhands/protocol'
import {
  type Crypto,
  type Keystore,
  createSigner,
  parseKeystore,
  parsePrivateKey,
} from '@manyhands/wallet'
import {
  type Surroundings,
  findKeystore,
  keystorePath,
  terminalPrompt,
  unlockKeystore,
} from '@manyhands/wallet/node'

export interface KeyDeps extends Surroundings {
  readonly crypto: Crypto
  readonly logger: Logger
}

function isSigner(source: object): source is Signer {
  return 'sign' in source && typeof source.sign === 'function'
}

function isKeystore(source: object): source is Keystore {
  return 'unlock' in source && typeof source.unlock === 'function' && 'address' in source
}

const privateKeyForm = /^(0x)?[0-9a-fA-F]{64}$/

/** The keystore of that name in `~/.dcp`, or in the file. Throws EKEYSTORE saying where it was looked for. */
export async function namedKeystore(name: string, deps: KeyDeps): Promise<Keystore> {
  const keystore = await findKeystore(name, deps)
  if (keystore !== undefined) return keystore
  const file = keystorePath(name, deps)
  throw new DcpError(
    'EKEYSTORE',
    `there is no keystore ${file}: copy one there (the computer that you started says where its own are), or name another`,
    { details: { file } },
  )
}

/** The keystore that text or an object is. Throws EKEYSTORE. */
export async function keystoreOf(source: unknown, deps: KeyDeps): Promise<Keystore> {
  if (typeof source === 'string') {
    const text = source.trim()
    return text.startsWith('{') ? parseKeystore(text, deps.crypto) : namedKeystore(text, deps)
  }
  if (typeof source === 'object' && source !== null) {
    return isKeystore(source) ? source : parseKeystore(source, deps.crypto)
  }
  throw new DcpError('EKEYSTORE', `${typeof source} is no keystore, and no name of one`)
}

/** A signer for whatever names a key; asks on the terminal for the passphrase of a locked one. */
export async function signerOf(source: unknown, deps: KeyDeps): Promise<Signer> {
  if (typeof source === 'string' && privateKeyForm.test(source.trim())) {
    return createSigner(parsePrivateKey(source.trim()), deps.crypto)
  }
  if (source instanceof Uint8Array) return createSigner(source, deps.crypto)
  if (typeof source === 'object' && source !== null && isSigner(source)) return source
  const keystore = await keystoreOf(source, deps)
  const ask = terminalPrompt({ input: process.stdin, output: process.stderr })
  return unlockKeystore(keystore, ask === undefined ? {} : { ask })
}
