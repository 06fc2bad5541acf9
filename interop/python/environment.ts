// A virtual environment with the official Python client, made when it is first needed. What the
// packages bring from npm (dcp-client, the parts of PythonMonkey) npm installs while they are built.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The interpreter of the environment, or why there is none. */
export type PythonEnvironment =
  | { readonly python: string; readonly why?: undefined }
  | { readonly python?: undefined; readonly why: string }

const pathOf = (name: string): string => fileURLToPath(new URL(name, import.meta.url))
const folder = pathOf('.venv')
const python = pathOf('.venv/bin/python')
const mark = pathOf('.venv/installed')
const requirements = ['requirements-build.txt', 'requirements.txt'].map(pathOf)
const limitMs = 900_000

/** numpy's pin and its wheels are for these. */
const versions = ['3.9', '3.10', '3.11', '3.12']

function fingerprint(): string {
  const hash = createHash('sha256')
  for (const path of requirements) hash.update(readFileSync(path))
  return hash.digest('hex')
}

function isInstalled(): boolean {
  try {
    return readFileSync(mark, 'utf8') === fingerprint()
  } catch {
    // Never finished.
    return false
  }
}

/** Why the command did not do it, or undefined when it did. */
function failureOf(command: string, args: readonly string[]): string | undefined {
  const { status, stderr, error } = spawnSync(command, args, {
    encoding: 'utf8',
    timeout: limitMs,
    stdio: ['ignore', 2, 'pipe'],
  })
  if (status === 0) return undefined
  const lines = (error?.message ?? stderr).trim().split('\n')
  return (lines.findLast((line) => line.startsWith('ERROR')) ?? lines.at(-1) ?? '').slice(0, 120)
}

function install(): string | undefined {
  const found = spawnSync('python3', ['-c', 'import sys; print("%d.%d" % sys.version_info[:2])'], {
    encoding: 'utf8',
  })
  if (found.status !== 0) return 'there is no python3 here'
  const version = found.stdout.trim()
  if (!versions.includes(version)) return `needs Python 3.9 to 3.12, here is ${version}`

  process.stderr.write(`installing ${folder} (pip) ...\n`)
  rmSync(folder, { recursive: true, force: true })
  const venv = failureOf('python3', ['-m', 'venv', folder])
  if (venv !== undefined) return `no virtual environment (python3-venv?): ${venv}`
  const pip = ['-m', 'pip', 'install', '-q', '--require-hashes', '--no-build-isolation']
  for (const path of requirements) {
    const failure = failureOf(python, [...pip, '-r', path])
    if (failure !== undefined) return `pip cannot install it: ${failure}`
  }
  writeFileSync(mark, fingerprint())
  return undefined
}

/** Makes the environment unless it is there. */
export function pythonEnvironment(): PythonEnvironment {
  const why = isInstalled() ? undefined : install()
  return why === undefined ? { python } : { why }
}
