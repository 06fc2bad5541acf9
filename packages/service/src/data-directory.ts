/**
 * The directory that holds everything a computer must not forget: its key, its databases, its values.
 * One process uses it at a time, and a program never touches one that a newer program has changed.
 */
import { access, constants, open, readFile, rename } from 'node:fs/promises'
import { join } from 'node:path'

import { DcpError, type Random, isDcpError } from '@manyhands/protocol'
import { encodePrivateKey, generatePrivateKey, parsePrivateKey } from '@manyhands/wallet'
import { makeOwnDirectory } from '@manyhands/wallet/node'

import { type DirectoryLock, lockDirectory } from './directory-lock.ts'

export interface DataDirectory extends AsyncDisposable {
  readonly path: string
  /** The path of something inside. */
  file(name: string): string
  /** The computer's private key, 32 bytes, made when it is first asked for. Throws EDATADIR. */
  identityKey(random: Random): Promise<Uint8Array>
  /** Gives the directory free for another process. */
  close(): Promise<void>
}

export interface DataDirectoryOptions {
  readonly path: string
  /** The newest layout this program knows; a directory with a newer one is refused. */
  readonly layout?: number
}

const currentLayout = 1

/** What the system says, and what the person at the terminal can do about it. */
const advice: Readonly<Record<string, string>> = {
  EACCES: 'this user may not write there: change its owner, or choose another one with --data',
  EPERM: 'this user may not write there: change its owner, or choose another one with --data',
  EROFS: 'its file system is read-only: choose another one with --data',
  ENOTDIR: 'a file is in its way: choose another one with --data',
  EEXIST: 'a file has its name: choose another one with --data',
  ENOENT: 'its parent cannot hold it: choose another one with --data',
}

function translate(error: unknown, path: string): unknown {
  if (isDcpError(error)) return error
  const code = (error as NodeJS.ErrnoException | null)?.code
  if (code === undefined) return error
  const options = { cause: error, details: { directory: path, reason: code } }
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new DcpError('ENOSPC', `no space is left for the data directory ${path}`, options)
  }
  const what = advice[code] ?? 'choose another one with --data'
  return new DcpError(
    'EDATADIR',
    `the data directory ${path} cannot be used (${code}): ${what}`,
    options,
  )
}

/** The content is on disk before it takes the name. */
async function writeWhole(file: string, text: string): Promise<void> {
  const half = `${file}.new`
  const handle = await open(half, 'w', 0o600)
  try {
    await handle.writeFile(text)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(half, file)
}

async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

async function checkLayout(path: string, known: number): Promise<void> {
  const file = join(path, 'version')
  const text = await readIfThere(file)
  if (text === undefined) {
    await writeWhole(file, `${known}\n`)
    return
  }
  const found = Number(text.trim())
  if (Number.isSafeInteger(found) && found >= 1 && found <= known) return
  throw new DcpError(
    'EDATADIR',
    `the data directory ${path} has layout ${text.trim().slice(0, 20)}, and this program knows ` +
      `layout ${known} at most: use a newer version, or choose another directory with --data`,
    { details: { directory: path, found: text.trim().slice(0, 20), known } },
  )
}

async function readOrCreateKey(file: string, random: Random): Promise<Uint8Array> {
  const text = await readIfThere(file)
  if (text === undefined) {
    const key = generatePrivateKey(random)
    await writeWhole(file, `${encodePrivateKey(key).slice(2)}\n`)
    return key
  }
  try {
    return parsePrivateKey(text.trim())
  } catch (cause) {
    throw new DcpError(
      'EDATADIR',
      `${file} does not hold a private key: restore it from a copy, or delete it for a new identity ` +
        '(clients that remember the old one will refuse this computer)',
      { cause, details: { file } },
    )
  }
}

/** Makes the directory (0700) when it is missing, and locks it. Throws EDATADIR or ENOSPC. */
export async function openDataDirectory({
  path,
  layout = currentLayout,
}: DataDirectoryOptions): Promise<DataDirectory> {
  let lock: DirectoryLock | undefined
  try {
    await makeOwnDirectory(path)
    // Said here in plain words: the database would only say that it cannot open its file.
    await access(path, constants.R_OK | constants.W_OK | constants.X_OK)
    lock = await lockDirectory(path)
    await checkLayout(path, layout)
  } catch (error) {
    await lock?.release()
    throw translate(error, path)
  }
  const held = lock
  return {
    path,
    file: (name) => join(path, name),
    async identityKey(random): Promise<Uint8Array> {
      try {
        return await readOrCreateKey(join(path, 'identity.key'), random)
      } catch (error) {
        throw translate(error, path)
      }
    },
    close: () => held.release(),
    [Symbol.asyncDispose]: () => held.release(),
  }
}

/** `$XDG_DATA_HOME/manyhands`, else `~/.local/share/manyhands`. */
export function defaultDataDirectory(
  home: string,
  env: Readonly<Record<string, string | undefined>>,
): string {
  const data = env['XDG_DATA_HOME']
  return join(data === undefined || data === '' ? join(home, '.local', 'share') : data, 'manyhands')
}
