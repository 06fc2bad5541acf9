/**
 * Finds the two files a sandbox is made of, Deno and the guest, and sees to it that an unprivileged
 * user can read them wherever the project lies: where it cannot, they are copied once.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { constants, createReadStream } from 'node:fs'
import { access, chmod, copyFile, lstat, mkdir, rename, rm, stat } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const packages: Readonly<Record<string, string>> = {
  'darwin-arm64': '@deno/darwin-arm64',
  'darwin-x64': '@deno/darwin-x64',
  'linux-arm64': '@deno/linux-arm64-glibc',
  'linux-x64': '@deno/linux-x64-glibc',
  'win32-x64': '@deno/win32-x64',
}

/** The Deno binary that npm installed for this platform. */
export function findDeno(): { readonly path: string; readonly version: string } {
  const platform = `${process.platform}-${process.arch}`
  const name = packages[platform]
  if (name === undefined)
    throw new Error(`there is no Deno for ${platform}: no sandbox can run here`)
  const require = createRequire(import.meta.url)
  let manifest: string
  try {
    manifest = require.resolve(`${name}/package.json`)
  } catch (cause) {
    throw new Error(`${name} is not installed: run npm ci, with optional dependencies`, { cause })
  }
  const { version } = require(manifest) as { version: string }
  const binary = process.platform === 'win32' ? 'deno.exe' : 'deno'
  return { path: join(dirname(manifest), binary), version }
}

/** The bundle that `build.js` makes; the one whose realm is not hardened is for tests alone. */
export async function findGuest({
  hardened = true,
}: { readonly hardened?: boolean } = {}): Promise<string> {
  const name = hardened ? 'guest.js' : 'guest-unhardened.js'
  const path = fileURLToPath(new URL(`../dist/${name}`, import.meta.url))
  try {
    await access(path, constants.R_OK)
    return path
  } catch (cause) {
    throw new Error('the sandbox guest is not built: run npm run build', { cause })
  }
}

const othersExecute = 0o001
const othersRead = 0o004
const othersWrite = 0o022
const sticky = 0o1000

/** True when any user may read the file: its own mode and every folder above it allow it. */
async function isReadableByAll(path: string, executable: boolean): Promise<boolean> {
  const wanted = executable ? othersRead | othersExecute : othersRead
  if (((await stat(path)).mode & wanted) !== wanted) return false
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    if (((await stat(folder)).mode & othersExecute) === 0) return false
    if (folder === dirname(folder)) return true
  }
}

/** False where the file system refuses to execute anything. */
async function runs(path: string): Promise<boolean> {
  try {
    await promisify(execFile)(path, ['--version'], { env: {} })
    return true
  } catch {
    return false
  }
}

async function hashFile(path: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(path)) hash.update(chunk as Buffer)
  return hash.digest('hex')
}

/** A folder that only this user can change, below one where nobody can move what we put there. */
async function ownFolder(parent: string, name: string): Promise<string | undefined> {
  const above = await stat(parent)
  if ((above.mode & othersWrite) !== 0 && (above.mode & sticky) === 0) return undefined
  const folder = join(parent, name)
  try {
    await mkdir(folder, { mode: 0o755 })
    await chmod(folder, 0o755)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
  const made = await lstat(folder)
  const ours = made.isDirectory() && made.uid === process.getuid?.()
  return ours && (made.mode & othersWrite) === 0 ? folder : undefined
}

async function copyInto(folder: string, path: string, executable: boolean): Promise<string> {
  const copy = join(folder, basename(path))
  const size = (await stat(path)).size
  const known = await lstat(copy).catch(() => undefined)
  if (known?.isFile() === true && known.size === size) return copy
  const draft = `${copy}.${process.pid}`
  try {
    await copyFile(path, draft, constants.COPYFILE_FICLONE)
    await chmod(draft, executable ? 0o755 : 0o644)
    await rename(draft, copy)
  } finally {
    await rm(draft, { force: true })
  }
  return copy
}

/** A path by which an unprivileged user can read `path`: itself, or a copy named by its content. */
export async function readablePath(path: string, executable: boolean): Promise<string> {
  if (await isReadableByAll(path, executable)) return path
  const name = `manyhands-${(await hashFile(path)).slice(0, 32)}`
  for (const parent of [tmpdir(), '/var/tmp', '/run']) {
    if (!(await isReadableByAll(parent, true).catch(() => false))) continue
    const folder = await ownFolder(parent, name)
    if (folder === undefined) continue
    const copy = await copyInto(folder, path, executable)
    if (!executable || (await runs(copy))) return copy
  }
  throw new Error(`${path} cannot be read by an unprivileged user, and no folder takes a copy`)
}
