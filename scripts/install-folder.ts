// Installs a folder that has a lockfile of its own and is no workspace (bench/peers, interop).
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** Runs `npm ci` in the folder unless what its lockfile asks for is there already. */
export function installFolder(folder: URL): void {
  if (isInstalled(folder)) return
  const path = fileURLToPath(folder)
  process.stderr.write(`installing ${path} (npm ci) ...\n`)
  // What the outer npm was told about its own folder must not reach the inner one.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) => !/^npm_config_(workspace|include_workspace|omit|production|prefix)/i.test(name),
    ),
  )
  const args = ['ci', '--ignore-scripts', '--no-audit', '--no-fund']
  const npm = process.env['npm_execpath']
  const [command, ...rest] =
    npm?.endsWith('npm-cli.js') === true ? [process.execPath, npm, ...args] : ['npm', ...args]
  const { status } = spawnSync(command, rest, { cwd: path, env, stdio: ['ignore', 2, 2] })
  if (status !== 0) throw new Error(`npm ci failed in ${path}: see the lines above, then try again`)
}

function isInstalled(folder: URL): boolean {
  const wanted = packagesOf(new URL('package-lock.json', folder))
  const present = packagesOf(new URL('node_modules/.package-lock.json', folder))
  return Object.entries(wanted ?? {}).every(
    ([path, { version, optional, peer }]) =>
      path === '' || optional === true || peer === true || present?.[path]?.version === version,
  )
}

interface LockedPackage {
  readonly version?: string
  readonly optional?: boolean
  readonly peer?: boolean
}

function packagesOf(lockfile: URL): Record<string, LockedPackage> | undefined {
  try {
    const { packages }: { packages?: Record<string, LockedPackage> } = JSON.parse(
      readFileSync(lockfile, 'utf8'),
    )
    return packages
  } catch {
    // Not there, or cut short: nothing is installed.
    return undefined
  }
}
