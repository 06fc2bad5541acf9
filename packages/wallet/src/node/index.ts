export {
  findKeystore,
  keystorePath,
  readKeystoreFile,
  readOrCreateKeystoreFile,
  writeKeystoreFile,
} from './keystore-files.ts'
export { loadCrypto } from './load-crypto.ts'
export { makeOwnDirectory } from './own-directory.ts'
export { terminalPrompt, unlockKeystore } from './passphrase.ts'
export type { Terminal } from './passphrase.ts'
export { resourceDirectory } from './resource-directory.ts'
export type { Surroundings } from './resource-directory.ts'
