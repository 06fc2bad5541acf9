import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'

import type { HttpRequest, HttpResponse } from '@manyhands/service'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'

import { clientPackageRoutes } from './client-package.ts'

let root: string
let directory: string

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'manyhands-test-'))
  directory = join(root, 'node_modules/dcp-client')
  const needed = join(directory, 'node_modules/kvin')
  await mkdir(needed, { recursive: true })
  await writeFile(join(needed, 'package.json'), '{}')
  await writeFile(join(needed, 'kvin.js'), 'hello from beside')
  await writeFile(join(directory, 'dcp-client.js'), 'hello')
  await symlink('/etc/passwd', join(directory, 'outside'))
})

afterAll(() => rm(root, { recursive: true }))

/** What is answered to a path, as its route is found by the server. */
async function get(name: string, rest: string): Promise<HttpResponse> {
  const route = clientPackageRoutes(directory).find(({ path }) => path === `/${name}/*`)
  if (route === undefined) throw new Error(`there is no route for ${name}`)
  return route.handle({ rest } as HttpRequest)
}

describe('the official client', () => {
  it('is served as script', async () => {
    const { headers, body } = await get('dcp-client', 'dcp-client.js')
    expect(headers?.['content-type']).toBe('text/javascript; charset=utf-8')
    expect(body instanceof Readable && (await text(body))).toBe('hello')
  })

  it('has what its sandboxes need by its side', async () => {
    const { body } = await get('kvin', 'kvin.js')
    expect(body instanceof Readable && (await text(body))).toBe('hello from beside')
    await expect(get('bravojs', 'bravo.js')).rejects.toMatchObject({
      code: 'ENOENT',
      message: expect.stringContaining('npm install'),
    })
  })

  it('lets nobody out of its directory', async () => {
    await expect(get('dcp-client', 'outside')).rejects.toMatchObject({ code: 'ENOENT' })
  })
})
