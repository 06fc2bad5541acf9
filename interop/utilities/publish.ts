// publish: packages of modules, and the list of them.
import { strict as assert } from 'node:assert'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { rowsOf } from './row.ts'
import type { UtilityRow } from './row.ts'
import type { Scene } from './scene.ts'

interface Listed {
  readonly name: string
  readonly version: string
  readonly files: Readonly<Record<string, unknown>>
}

/** A description of a package with one file; its path. */
async function describe(scene: Scene, name: string, version = '1.0.0'): Promise<string> {
  await writeFile(
    join(scene.directory, 'module.js'),
    `module.declare([], () => {}) // ${version}\n`,
  )
  const file = join(scene.directory, `${name}-${version}.dcp`)
  await writeFile(file, JSON.stringify({ name, version, files: { 'module.js': 'one.js' } }))
  return file
}

const list = async (scene: Scene, ...args: readonly string[]): Promise<readonly Listed[]> =>
  (await scene.json(['publish', 'listModules', ...args])) as readonly Listed[]

async function publish(scene: Scene): Promise<void> {
  const file = await describe(scene, 'interop-first')
  const ran = await scene.run(['publish', file])
  assert.deepEqual([ran.status, ran.printed], [0, 'published package: interop-first@1.0.0\n'])
  // The same again changes nothing; the sub-command may be named.
  const again = await scene.run(['publish', 'package', file])
  assert.equal(again.printed, 'published package: interop-first@1.0.0\n')
  const next = await scene.run(['publish', await describe(scene, 'interop-first', '1.1.0')])
  assert.equal(next.printed, 'published package: interop-first@1.1.0\n')
  const found = await list(scene, 'interop-first', '--json')
  assert.ok(found.some(({ name, version }) => name === 'interop-first' && version === '1.1.0'))
  assert.deepEqual(Object.keys(found[0]?.files ?? {}), ['one.js'])
}

async function refuse(scene: Scene): Promise<void> {
  await scene.run(['publish', await describe(scene, 'interop-owned')])
  const later = await describe(scene, 'interop-owned', '2.0.0')
  const home = scene.homes.stranger
  const stranger = await scene.run(['publish', later], { home })
  assert.match(stranger.complaints, /^Failed to publish package: EPERM /m)
  assert.equal((await list(scene, 'interop-owned', '--json'))[0]?.version, '1.0.0')
  const odd = await scene.run(['publish', await describe(scene, 'interop-owned', 'latest')])
  assert.match(odd.complaints, /^Failed to publish package: EBADVER /m)
}

async function listModules(scene: Scene): Promise<void> {
  for (const name of ['paged-a', 'paged-b', 'paged-c']) {
    // oxlint-disable-next-line no-await-in-loop -- the machine is small
    await scene.run(['publish', await describe(scene, name)])
  }
  const names = async (...args: readonly string[]): Promise<readonly string[]> =>
    (await list(scene, 'PAGED', '--json', ...args)).map(({ name }) => name)
  assert.deepEqual(await names(), ['paged-a', 'paged-b', 'paged-c'])
  assert.deepEqual(await names('--limit', '2'), ['paged-a', 'paged-b'])
  assert.deepEqual(await names('--skip', '1', '--limit', '1'), ['paged-b'])
  assert.deepEqual(await names('--all', '--limit', '1'), ['paged-a', 'paged-b', 'paged-c'])
  assert.deepEqual(await list(scene, 'nothing-like-it', '--pretty'), [])
  const { printed } = await scene.run(['publish', 'listModules', 'paged-b', '--verbose'])
  assert.match(printed, /^Module: paged-b\n {2}owner: 0x[^]*version: 1\.0\.0[^]*one\.js$/m)
}

const row = rowsOf('publish')

export const publishRows: readonly UtilityRow[] = [
  row('package', 'a package and its next version, listed afterwards', publish),
  row('package, refused', 'a name of somebody else, an odd version', refuse),
  row('listModules', 'by name, page by page, all', listModules),
]
