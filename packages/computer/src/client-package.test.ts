import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

import type { HttpRequest, HttpResponse } from '@manyhands/service'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { clientPackageRoute } from './client-package.ts'

let directory: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'manyhands-test-'))
  await writeFile(join(directory, 'dcp-client.js'), 'hello')
  await symlink('/etc/passwd', join(directory, 'outside'))
})

afterAll(() => rm(directory, { recursive: true }))

function get(rest: string, from?: string): HttpResponse {
  const request = { rest } as HttpRequest
  return clientPackageRoute(from).handle(request) as HttpResponse
}

describe('the official client', () => {
  it('is served as script', async () => {
    const { headers, body } = get('dcp-client.js', directory)
    expect(headers?.['content-type']).toBe('text/javascript; charset=utf-8')
    expect(body instanceof Readable && (await text(body))).toBe('hello')
  })

  it.each(['../../etc/passwd', '%2e%2e/%2e%2e/etc/passwd', 'outside', 'a%00', '%', 'no-such', ''])(
    'lets nobody out of its directory: %s',
    (path) => {
      expect(get(path, directory).status).toBe(404)
    },
  )
})
