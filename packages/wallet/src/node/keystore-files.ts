/** Keystore files: readable by their owner only, replaced in one step, never half written. */
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { dirname, isAbsolute, join } from 'node:path'

import { DcpError, type Logger, isDcpError, silentLogger } from '@manyhands/protocol'

import type { Crypto } from '../crypto.ts'
import { type Keystore, type KeystoreDeps, createKeystore, parseKeystore } from '../keystore.ts'
import { generatePrivateKey } from '../private-key.ts'
import { makeOwnDirectory } from './own-directory.ts'
import { type Surroundings, resourceDirectory } from './resource-directory.ts'

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException | null)?.code
}

interface ReadOptions {
  readonly crypto: Crypto
  readonly logger?: Logger
}

/** Others' right to read a key is worth a warning, as the official packages give it. */
async function warnWhenOpen(file: string, logger: Logger): Promise<void> {
  if (process.platform === 'win32') return
  const { mode } = await stat(file)
  if ((mode & 0o077) === 0) return
  logger.warn(`the keystore ${file} can be read by others: run chmod 600 ${file}`, { file })
}

/** Throws ENOENT when there is no such file, EKEYSTORE when it cannot be used. */
export async function readKeystoreFile(
  file: string,
  { crypto, logger = silentLogger }: ReadOptions,
): Promise<Keystore> {
  let text
  try {
    text = await readFile(file, 'utf8')
    await warnWhenOpen(file, logger)
  } catch (cause) {
    if (codeOf(cause) === 'ENOENT') {
      throw new DcpError('ENOENT', `there is no keystore ${file}`, { cause, details: { file } })
    }
    const reason = codeOf(cause) ?? String(cause)
    throw new DcpError('EKEYSTORE', `the keystore ${file} cannot be read: ${reason}`, {
      cause,
      details: { file },
    })
  }
  try {
    return parseKeystore(text, crypto)
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    throw new DcpError('EKEYSTORE', `${file}: ${reason}`, { cause, details: { file } })
  }
}

/** The new content is on disk before it takes the name, so that a crash leaves the old file whole. */
async function replaceFile(file: string, text: string): Promise<void> {
  const half = `${file}.${process.pid}.new`
  try {
    const handle = await open(half, 'w', 0o600)
    try {
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(half, file)
  } catch (error) {
    await rm(half, { force: true })
    throw error
  }
}

/** Writes the file with mode 0600, making its directory (0700) when it is missing. */
export async function writeKeystoreFile(file: string, keystore: Keystore): Promise<void> {
  try {
    await makeOwnDirectory(dirname(file))
    await replaceFile(file, `${JSON.stringify(keystore.toJSON())}\n`)
  } catch (cause) {
    const reason = codeOf(cause) ?? String(cause)
    throw new DcpError('EKEYSTORE', `the keystore ${file} cannot be written: ${reason}`, {
      cause,
      details: { file },
    })
  }
}

/** `id` → `~/.dcp/id.keystore`; a name that is an absolute path or ends in `.keystore` is a path. */
export function keystorePath(name: string, surroundings: Surroundings): string {
  if (isAbsolute(name)) return name
  const file = name.endsWith('.keystore') ? name : `${name}.keystore`
  return join(resourceDirectory(surroundings), file)
}

/** The keystore of that name, or undefined when there is none. Throws EKEYSTORE. */
export async function findKeystore(
  name: string,
  options: Surroundings & ReadOptions,
): Promise<Keystore | undefined> {
  try {
    return await readKeystoreFile(keystorePath(name, options), options)
  } catch (error) {
    if (isDcpError(error, 'ENOENT')) return undefined
    throw error
  }
}

interface CreateOptions extends KeystoreDeps {
  readonly label?: string
  readonly process?: string
  readonly logger?: Logger
}

/** Reads the file, or makes a fresh key with an empty passphrase and writes it there. */
export async function readOrCreateKeystoreFile(
  file: string,
  options: CreateOptions,
): Promise<Keystore> {
  try {
    return await readKeystoreFile(file, options)
  } catch (error) {
    if (!isDcpError(error, 'ENOENT')) throw error
  }
  const keystore = await createKeystore(generatePrivateKey(options.random), options, options)
  await writeKeystoreFile(file, keystore)
  return keystore
}
