/** Serves the official client to browsers where its npm package is installed beside us. */
import { createReadStream, existsSync, realpathSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, extname, join, sep } from 'node:path'

import type { HttpResponse, Route } from '@manyhands/service'

const types: Readonly<Record<string, string>> = {
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.svg': 'image/svg+xml',
}

function findPackage(): string | undefined {
  try {
    return realpathSync(dirname(createRequire(import.meta.url).resolve('dcp-client/package.json')))
  } catch {
    // Not installed: the route says how to have it.
    return undefined
  }
}

const hint: HttpResponse = {
  status: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: 'The official client is not installed here. Run npm install dcp-client beside Manyhands.\n',
}

/** The file of the package at a relative path; undefined for whatever is not inside it. */
function fileIn(directory: string, path: string): string | undefined {
  let name: string
  try {
    name = decodeURIComponent(path)
  } catch {
    return undefined
  }
  if (name.includes('\0')) return undefined
  const file = join(directory, name)
  if (!file.startsWith(directory + sep) || !existsSync(file)) return undefined
  const real = realpathSync(file)
  return real.startsWith(directory + sep) && statSync(real).isFile() ? real : undefined
}

export function clientPackageRoute(directory: string | undefined = findPackage()): Route {
  return {
    path: '/dcp-client/*',
    anyOrigin: true,
    handle({ rest }) {
      if (directory === undefined) return hint
      const file = fileIn(directory, rest)
      if (file === undefined) return { ...hint, body: 'There is no such file in dcp-client.\n' }
      return {
        headers: { 'content-type': types[extname(file)] ?? 'application/octet-stream' },
        body: createReadStream(file),
      }
    },
  }
}
