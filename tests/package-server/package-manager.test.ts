import { createHash } from 'node:crypto'

import { expect, test } from 'vitest'

import { addressOf, createRig, origin } from './_rig.ts'

const module = 'module.declare([], function (require, exports) { exports.x = 1 })'
const package1 = { name: 'lists', version: '1.0.0', files: { 'index.js': module } }

function bundle(text: string): Record<string, unknown> {
  const digest = createHash('md5').update(text).digest('hex')
  return {
    name: `dcp-pkg-v1-localhost-${digest}`,
    version: '1.0.0',
    files: { 'sideloader-v1.js': text },
  }
}

test('publishes a version, and tells it first', async () => {
  await using rig = createRig()
  const first = (await rig.send(1, 'deployPackage', package1)) as object
  expect(first).toMatchObject({
    name: 'lists',
    owner: addressOf(1),
    versions: { '1.0.0': { published: expect.any(Number), files: ['index.js'] } },
  })
  for (const version of ['2.0.0', '1.0.1']) {
    const reply = await rig.send(1, 'deployPackage', { ...package1, version })
    expect(Object.keys((reply as { versions: object }).versions)[0]).toBe(version)
  }
})

test('answers the same again as the first time', async () => {
  await using rig = createRig()
  const first = await rig.send(1, 'deployPackage', package1)
  expect(await rig.send(1, 'deployPackage', package1)).toEqual(first)
})

test('a version never changes', async () => {
  await using rig = createRig()
  await rig.send(1, 'deployPackage', package1)
  for (const files of [
    { 'index.js': 'other' },
    { 'other.js': module },
    { ...package1.files, b: '' },
  ]) {
    await expect(rig.send(1, 'deployPackage', { ...package1, files })).rejects.toMatchObject({
      code: 'EEXIST',
    })
  }
})

test('the first publisher owns the name', async () => {
  await using rig = createRig()
  await rig.send(1, 'deployPackage', package1)
  const theirs = { ...package1, version: '1.0.1' }
  await expect(rig.send(2, 'deployPackage', theirs)).rejects.toMatchObject({
    code: 'EPERM',
    message: expect.stringContaining('lists belongs to another identity'),
  })
  await expect(rig.send(2, 'deployPackage', package1)).rejects.toMatchObject({ code: 'EPERM' })
  expect(await rig.send(2, 'listModules')).toMatchObject({
    packages: [{ name: 'lists', version: '1.0.0', owner: addressOf(1) }],
  })
})

test('bundles of local modules belong to nobody and are what their name says', async () => {
  await using rig = createRig()
  const local = bundle(module)
  const first = await rig.send(1, 'deployPackage', local)
  expect(await rig.send(2, 'deployPackage', local)).toEqual(first)
  const forged = { ...local, files: { 'sideloader-v1.js': 'steal()' } }
  await expect(rig.send(3, 'deployPackage', forged)).rejects.toMatchObject({ code: 'EBADARG' })
  const two = { ...local, files: { 'sideloader-v1.js': module, 'more.js': '' } }
  await expect(rig.send(3, 'deployPackage', two)).rejects.toMatchObject({ code: 'EBADARG' })
  const odd = { ...local, name: 'dcp-pkg-v1-localhost-mine' }
  await expect(rig.send(3, 'deployPackage', odd)).rejects.toMatchObject({ code: 'EBADARG' })
})

test.each([
  ['no version', { version: 'latest' }, 'EBADVER', 'version'],
  ['half a version', { version: '1.0' }, 'EBADVER', 'version'],
  ['no file', { files: {} }, 'EBADARG', 'files'],
  ['a path that climbs', { files: { '../../etc/passwd': 'x' } }, 'EBADARG', '"files"'],
  ['a path that climbs inside', { files: { 'a/../../b.js': 'x' } }, 'EBADARG', '"files"'],
  ['a path from the root', { files: { '/etc/passwd': 'x' } }, 'EBADARG', '"files"'],
  ['a path of Windows', { files: { 'a\\..\\b': 'x' } }, 'EBADARG', '"files"'],
  ['a name that climbs', { name: '..' }, 'EBADARG', '"name"'],
  ['a name with a path', { name: 'a/b' }, 'EBADARG', '"name"'],
  ['an empty name', { name: '' }, 'EBADARG', '"name"'],
  ['something else than text', { files: { 'a.js': 1 } }, 'EBADARG', '"files"'],
])('refuses %s', async (_what, change, code, word) => {
  await using rig = createRig()
  const wrong = rig.send(1, 'deployPackage', { ...package1, ...change })
  await expect(wrong).rejects.toMatchObject({ code, message: expect.stringContaining(word) })
  expect(await rig.send(1, 'listModules')).toEqual({ packages: [] })
})

test('refuses a module that is too big, and says how big it may be', async () => {
  await using rig = createRig()
  const files = { 'big.js': ' '.repeat(33 * 1024 * 1024) }
  await expect(rig.send(1, 'deployPackage', { ...package1, files })).rejects.toMatchObject({
    code: 'EMODULETOOBIG',
    message: expect.stringContaining('33554432'),
  })
})

test('refuses a package whose files are too big together', async () => {
  await using rig = createRig()
  const part = ' '.repeat(17 * 1024 * 1024)
  const files = { 'a.js': part, 'b.js': part, 'c.js': part }
  await expect(rig.send(1, 'deployPackage', { ...package1, files })).rejects.toMatchObject({
    code: 'EMODULETOOBIG',
  })
})

test('finds modules by their name, with or without .js, in the newest release', async () => {
  await using rig = createRig()
  const files = { 'index.js': module, 'deep/er.js': module, plain: module }
  await rig.send(1, 'deployPackage', { ...package1, version: '2.0.0-beta.1', files })
  await rig.send(1, 'deployPackage', { ...package1, version: '1.10.0', files })
  await rig.send(1, 'deployPackage', { ...package1, version: '1.9.0', files: { 'x.js': '' } })
  const modules = ['lists/index', 'lists/index.js', 'lists/deep/er', 'lists/plain']
  const base = `${origin}/package-manager/files/lists/1.10.0`
  expect(await rig.send(2, 'fetchModuleURL', { modules })).toEqual({
    lists: {
      index: `${base}/index.js`,
      'index.js': `${base}/index.js`,
      'deep/er': `${base}/deep/er.js`,
      plain: `${base}/plain`,
    },
  })
  const one = { modules: ['lists/index'] }
  expect(await rig.send(2, 'fetchModule', one)).toEqual({ lists: { index: module } })
})

test.each(['lists/nothing', 'nothing/index', 'lists', 'lists/', '/index', 'lists/__proto__'])(
  'says that there is no module %s',
  async (name) => {
    await using rig = createRig()
    await rig.send(1, 'deployPackage', package1)
    const reply = await rig.send(1, 'fetchModuleURL', { modules: ['lists/index', name] })
    expect(reply).toEqual({ code: 'ENOENT', message: expect.stringContaining(name) })
  },
)

test('lists packages by a part of their name, page by page', async () => {
  await using rig = createRig()
  for (const name of ['Alpha', 'beta', 'alphabet', 'gamma']) {
    await rig.send(1, 'deployPackage', { ...package1, name })
  }
  const names = async (query: unknown): Promise<unknown> => {
    const reply = (await rig.send(1, 'listModules', query)) as {
      packages: { name: string }[]
      next?: number
    }
    return [reply.packages.map(({ name }) => name), reply.next]
  }
  expect(await names({ q: 'ALPHA' })).toEqual([['Alpha', 'alphabet'], undefined])
  expect(await names({ limit: 3 })).toEqual([['Alpha', 'alphabet', 'beta'], 3])
  expect(await names({ limit: 3, skip: 3 })).toEqual([['gamma'], undefined])
  expect(await rig.send(1, 'listModules', { q: 'gamma' })).toEqual({
    packages: [
      {
        name: 'gamma',
        version: '1.0.0',
        owner: addressOf(1),
        published: expect.any(Number),
        files: { 'index.js': 'index.js' },
      },
    ],
  })
})

test('knows its operations by their long names too, and no others', async () => {
  await using rig = createRig()
  expect(await rig.send(1, 'packageManager.listModules', {}, 'dcp')).toEqual({ packages: [] })
  for (const name of ['steal', 'constructor', 'packageManager.listModules']) {
    await expect(rig.send(1, name)).rejects.toMatchObject({ code: 'EINVAL' })
  }
})
