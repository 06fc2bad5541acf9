/** Serves the files of one directory, and nothing beside it: what a path or a link leads out is refused. */
import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { extname, join, sep } from 'node:path'

import { DcpError } from '@manyhands/protocol'

import type { HttpResponse, Route } from './http-route.ts'

export interface StaticRouteOptions {
  /** Where the files appear; ends in `/*`. */
  readonly path: string
  /** Undefined when there is no such directory on this computer. */
  readonly directory: string | undefined
  /** What to say when there is no directory: how to get one. */
  readonly hint: string
}

const types: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.md': 'text/markdown; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
}

function notFound(rest: string): DcpError {
  return new DcpError('ENOENT', `there is no file ${JSON.stringify(rest.slice(0, 200))} here`)
}

/** The real path of a file inside the directory. Throws ENOENT for everything else. */
async function locate(directory: string, rest: string): Promise<{ file: string; size: number }> {
  try {
    const name = decodeURIComponent(rest)
    const root = await realpath(directory)
    const file = await realpath(join(root, name))
    const info = await stat(file)
    if (file.startsWith(root + sep) && info.isFile()) return { file, size: info.size }
  } catch {
    // Bad escapes, NUL bytes, missing files: nothing to tell them apart for.
  }
  throw notFound(rest)
}

/** Pages of any origin may read the files: browsers load the client package from here. */
export function staticRoute({ path, directory, hint }: StaticRouteOptions): Route {
  return {
    path,
    anyOrigin: true,
    async handle({ rest }): Promise<HttpResponse> {
      if (directory === undefined) throw new DcpError('ENOENT', hint)
      const { file, size } = await locate(directory, rest)
      return {
        headers: {
          'content-type': types[extname(file)] ?? 'application/octet-stream',
          'content-length': String(size),
          'cache-control': 'no-cache',
          'x-content-type-options': 'nosniff',
        },
        body: createReadStream(file),
      }
    },
  }
}
