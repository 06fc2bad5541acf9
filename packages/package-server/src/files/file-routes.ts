/** The files of packages over HTTP: readable from any page, and kept for ever by who fetched them. */
import { DcpError } from '@manyhands/protocol'
import type { HttpResponse, Route, Writer } from '@manyhands/service'

import { fileMaxAgeSeconds } from '../limits.ts'
import { readFile } from '../packages/packages-store.ts'

const filesPath = '/package-manager/files/'

export interface FileName {
  readonly package: string
  readonly version: string
  readonly file: string
}

/** Where a file is below an origin. */
export function filePath({ package: name, version, file }: FileName): string {
  const parts = [name, version, ...file.split('/')]
  return filesPath + parts.map(encodeURIComponent).join('/')
}

function parsePath(rest: string): FileName | undefined {
  const [name, version, ...file] = rest.split('/')
  if (name === undefined || version === undefined || file.length === 0) return undefined
  try {
    return {
      package: decodeURIComponent(name),
      version: decodeURIComponent(version),
      file: file.map(decodeURIComponent).join('/'),
    }
  } catch {
    // A percent sign that begins no escape names nothing.
    return undefined
  }
}

export function fileRoutes(writer: Writer): Route[] {
  return [
    {
      path: `${filesPath}*`,
      anyOrigin: true,
      handle({ rest, headers }): HttpResponse {
        const name = parsePath(rest)
        const found =
          name && writer.read((tx) => readFile(tx, name.package, name.version, name.file))
        if (found === undefined) throw new DcpError('ENOENT', 'there is no such file of a package')
        const etag = `"${found.hash}"`
        const cache = {
          'cache-control': `public, max-age=${fileMaxAgeSeconds}, immutable`,
          etag,
        }
        if (headers['if-none-match'] === etag) return { status: 304, headers: cache }
        return {
          headers: {
            ...cache,
            'content-type': 'application/javascript; charset=utf-8',
            'x-content-type-options': 'nosniff',
          },
          body: found.body,
        }
      },
    },
  ]
}
