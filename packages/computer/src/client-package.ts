/**
 * Serves the official client to browsers where its npm package is installed beside us, and the two
 * packages that its sandboxes load by the side of it.
 */
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

/** The directory of a package as a file of another one finds it. */
function findPackage(name: string, from: string): string | undefined {
  try {
    return realpathSync(dirname(createRequire(from).resolve(`${name}/package.json`)))
  } catch {
    // Not installed: the route says how to have it.
    return undefined
  }
}

const hint: HttpResponse = {
  status: 404,
  headers: { 'content-type': 'text/plain; charset=utf-8' },
  body: 'The official client is not installed here. Run npm install dcp-client beside Manyhands,\nor say with --dcp-client where it is.\n',
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

/** Where the official client and what it needs are served; by default as they are installed. */
export function clientPackageRoutes(
  client: string | undefined = findPackage('dcp-client', import.meta.url),
): Route[] {
  const directory = client === undefined || !existsSync(client) ? undefined : realpathSync(client)
  const needed = (name: string): Route =>
    packageRoute(name, directory && findPackage(name, join(directory, 'package.json')))
  return [packageRoute('dcp-client', directory), needed('kvin'), needed('bravojs')]
}

function packageRoute(name: string, directory: string | undefined): Route {
  return {
    path: `/${name}/*`,
    anyOrigin: true,
    handle({ rest }) {
      if (directory === undefined) return hint
      const file = fileIn(directory, rest)
      if (file === undefined) return { ...hint, body: `There is no such file in ${name}.\n` }
      return {
        headers: { 'content-type': types[extname(file)] ?? 'application/octet-stream' },
        body: createReadStream(file),
      }
    },
  }
}
