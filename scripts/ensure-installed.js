// Makes `npm start` and `npm test` work as the first command after a clone: runs `npm ci` when
// node_modules does not hold what package-lock.json asks for. Plain JavaScript, no dependencies.
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root = new URL('../', import.meta.url)

function packages(path) {
  try {
    return JSON.parse(readFileSync(new URL(path, root), 'utf8')).packages
  } catch {
    return undefined
  }
}

function complete() {
  const installed = packages('node_modules/.package-lock.json')
  if (installed === undefined) return false
  return Object.entries(packages('package-lock.json') ?? {}).every(
    ([path, wanted]) =>
      !path.includes('node_modules/') ||
      wanted.optional ||
      wanted.devOptional ||
      wanted.peer ||
      (installed[path] !== undefined && installed[path].version === wanted.version),
  )
}

if (!complete()) {
  process.stderr.write('installing dependencies (npm ci) ...\n')
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^npm_config_(workspace|include_workspace|ignore_scripts|omit|production)/i.test(name),
    ),
  )
  const cli = process.env.npm_execpath
  const args = ['ci', '--include=dev', '--no-audit', '--no-fund']
  const [command, ...rest] = cli?.endsWith('npm-cli.js')
    ? [process.execPath, cli, ...args]
    : ['npm', ...args]
  const { status } = spawnSync(command, rest, {
    cwd: fileURLToPath(root),
    env,
    stdio: ['ignore', 2, 2],
  })
  if (status !== 0) {
    process.stderr.write('npm ci failed: see the lines above, then run it again\n')
    process.exit(1)
  }
}

const { setup } = await import('./ensure-built.js')
await setup()
