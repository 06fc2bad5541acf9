// mkad: keystore files. They need no computer, but our own wallet must open what it writes.
import { strict as assert } from 'node:assert'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

import { createPureCrypto, parseKeystore } from '@manyhands/wallet'

import { rowsOf } from './row.ts'
import type { UtilityRow } from './row.ts'
import type { Scene } from './scene.ts'

const knownKey = `0x${'46'.repeat(32)}`
const knownAddress = '0x9d8A62f656a8d1615C1294fd71e9CFb3E4855A4F'

let labels = 0

async function make(scene: Scene, ...options: readonly string[]): Promise<string> {
  const label = `key-${(labels += 1)}`
  const { status, printed } = await mkad(scene, 'new', label, ...options)
  assert.equal(status, 0)
  assert.equal(printed, `Created keystore ${label}.keystore in ${scene.directory}\n`)
  return label
}

const mkad = (scene: Scene, ...args: readonly string[]): ReturnType<Scene['run']> =>
  scene.run(['mkad', ...args, '-d', scene.directory])

const keyOf = async (scene: Scene, label: string, passphrase: string): Promise<string> =>
  (await mkad(scene, 'show', label, '-p', passphrase, '--showPrivateKey', '-q')).printed.trim()

async function create(scene: Scene): Promise<void> {
  const label = await make(scene, '-p', 'a secret')
  const file = join(scene.directory, `${label}.keystore`)
  const text = readFileSync(file, 'utf8')
  const signer = await parseKeystore(text, createPureCrypto()).unlock('a secret')
  const { printed } = await mkad(scene, 'show', label)
  assert.equal(printed, `Keystore "${label}":\n  Label: ${label}\n  Address: ${signer.address}\n`)
  // Never in the place of another.
  const { complaints } = await mkad(scene, 'new', label, '-p', 'a secret')
  assert.match(complaints, /already exists/)
  assert.equal(readFileSync(file, 'utf8'), text)
}

async function createFromKey(scene: Scene): Promise<void> {
  const label = await make(scene, '--privateKey', knownKey, '-p', '')
  assert.match((await mkad(scene, 'show', label)).printed, new RegExp(knownAddress))
  assert.equal(await keyOf(scene, label, ''), `Private Key: ${knownKey}`)
}

async function changePassphrase(scene: Scene): Promise<void> {
  const label = await make(scene, '-p', 'old')
  const before = await keyOf(scene, label, 'old')
  assert.match(before, /^Private Key: 0x[0-9a-f]{64}$/)
  const { status } = await mkad(scene, 'change-passphrase', label, '-o', 'old', '-p', 'new')
  assert.equal(status, 0)
  assert.equal(await keyOf(scene, label, 'new'), before)
  const refused = await mkad(scene, 'show', label, '-p', 'old', '--showPrivateKey')
  assert.equal(refused.status, 1)
  assert.match(refused.complaints, /DCP_WA:UNLOCKX/)
}

/** The identity is one that mkad made: the scheduler knows by it whose jobs are whose. */
async function identify(scene: Scene): Promise<void> {
  const { id } = await scene.deploy({}, { home: scene.homes.stranger })
  const jobs = await scene.json(['job-utility', 'listJobs', '-j'], { home: scene.homes.stranger })
  assert.ok((jobs as readonly { readonly job: string }[]).some(({ job }) => job === id))
}

const row = rowsOf('mkad')

export const mkadRows: readonly UtilityRow[] = [
  row('new', 'a keystore, which our wallet opens; never in the place of another', create),
  row('new --privateKey', 'a keystore of a known key', createFromKey),
  row('show', 'a keystore that jobs are deployed with', identify),
  row('change-passphrase', 'the same key under another passphrase', changePassphrase),
]
