// Bundles the guest (src/guest with protocol's values) into dist/guest.js, the one file that runs
// inside a sandbox. Plain JavaScript: it must work before anything is compiled.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const guestFile = new URL('dist/guest.js', import.meta.url)
const stampFile = new URL('dist/guest.inputs.json', import.meta.url)
const realmEntry = fileURLToPath(new URL('src/guest/realm/main.ts', import.meta.url))
const trustedEntry = fileURLToPath(new URL('src/guest/trusted/main.deno.ts', import.meta.url))
const realmModule = 'virtual:realm'

function hashOf(path) {
  try {
    return createHash('sha256')
      .update(readFileSync(new URL(path, import.meta.url)))
      .digest('hex')
  } catch {
    return undefined
  }
}

/** True when dist/guest.js was made from the sources as they are now. */
export function isGuestBuilt() {
  if (hashOf('dist/guest.js') === undefined) return false
  try {
    const stamp = JSON.parse(readFileSync(stampFile, 'utf8'))
    return Object.entries(stamp).every(([path, hash]) => hashOf(path) === hash)
  } catch {
    return false
  }
}

async function bundle(entry, plugins) {
  const { build, defaultClientConditions } = await import('vite')
  const inputs = new Set()
  const record = {
    name: 'record-inputs',
    load(id) {
      if (!id.startsWith('\0')) inputs.add(id.split('?')[0])
    },
  }
  const built = await build({
    configFile: false,
    root: here,
    logLevel: 'error',
    resolve: { conditions: ['@manyhands/source', ...defaultClientConditions] },
    plugins: [record, ...plugins],
    build: {
      write: false,
      minify: false,
      target: 'esnext',
      lib: { entry, formats: ['es'], fileName: 'guest' },
      // Names stay, for stacks. White space and comments take a millisecond to read.
      rolldownOptions: {
        output: { minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } } },
      },
    },
  })
  const [{ output }] = Array.isArray(built) ? built : [built]
  const [{ code, exports, imports }, ...others] = output
  if (exports.length + imports.length + others.length > 0) {
    throw new Error('the guest is more than one module')
  }
  return { code, inputs }
}

function provideRealm(code) {
  const resolved = `\0${realmModule}`
  return {
    name: 'realm-source',
    resolveId: (id) => (id === realmModule ? resolved : undefined),
    load: (id) => (id === resolved ? `export default ${JSON.stringify(code)}` : undefined),
  }
}

/**
 * The guest as one text that is evaluated. Deno looks through every module with a parser of its own
 * before it runs it, which takes a tenth of the time that a sandbox has for its start.
 */
function asText(code) {
  const program = `'use strict';(async () => {\n${code}\n})()\n//# sourceURL=guest.js`
  return `await (0, eval)(${JSON.stringify(program)})\n`
}

/** The functions that harden a realm, by file, and what stands for them where they are left out. */
const hardening = [
  ['harden.ts', 'harden', '{}'],
  ['gpu.ts', 'withoutClock', '{}'],
  ['gpu-gate.ts', 'gateSubmits', '{ return { open() {}, shut() {} } }'],
]

/** For tests of the other layers: everything but the hardening itself. */
function leaveUnhardened() {
  return {
    name: 'unhardened',
    transform(code, id) {
      const found = hardening.find(([file]) => id.endsWith(`/guest/realm/${file}`))
      if (found === undefined) return undefined
      const [file, name, body] = found
      const begins = `export function ${name}(`
      if (!code.includes(begins)) throw new Error(`${name} was not found in ${file}`)
      return code.replace(begins, `export function ${name}() ${body}\nfunction neverCalled(`)
    },
  }
}

/** Builds dist/guest-unhardened.js, which only an evaluator that was weakened for a test will run. */
export async function buildUnhardenedGuest() {
  const realm = await bundle(realmEntry, [leaveUnhardened()])
  const guest = await bundle(trustedEntry, [provideRealm(realm.code)])
  mkdirSync(new URL('dist/', import.meta.url), { recursive: true })
  replaceFile(new URL('dist/guest-unhardened.js', import.meta.url), asText(guest.code))
}

function replaceFile(file, text) {
  const draft = new URL(`${file.href}.${process.pid}.tmp`)
  writeFileSync(draft, text)
  renameSync(draft, file)
}

/** Builds the guest; two builds at once do not disturb each other. */
export async function buildGuest() {
  const realm = await bundle(realmEntry, [])
  const guest = await bundle(trustedEntry, [provideRealm(realm.code)])
  const inputs = [...realm.inputs, ...guest.inputs].map((path) => relative(here, path))
  const stamp = Object.fromEntries(['build.js', ...inputs].map((path) => [path, hashOf(path)]))
  mkdirSync(new URL('dist/', import.meta.url), { recursive: true })
  replaceFile(guestFile, asText(guest.code))
  replaceFile(stampFile, `${JSON.stringify(stamp, undefined, 2)}\n`)
}
