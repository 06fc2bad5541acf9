/** Reading and writing what lies outside. */
import { type Attack, attacksOf } from '../attack.ts'

const attack = attacksOf('file')
const read = 'realm permissions bubblewrap'
const imported = 'realm imports permissions bubblewrap'
const importedNative = 'imports permissions bubblewrap seccomp'
const write = 'realm permissions bubblewrap seccomp'
const importedWrite = 'realm imports permissions bubblewrap seccomp'

export const fileAttacks: readonly Attack[] = [
  attack('read by Deno.readTextFile', read, 'return Deno.readTextFile(canary.file)'),
  attack(
    'read by Deno.open',
    read,
    'const f = Deno.openSync(canary.file), b = new Uint8Array(200); return new TextDecoder().decode(b.subarray(0, f.readSync(b)))',
  ),
  attack('size by Deno.stat', read, 'return Deno.statSync(canary.file).size > 0 ? "LEAK size" : 0'),
  attack(
    'list a directory',
    'realm permissions bubblewrap seccomp',
    'return [...Deno.readDirSync(canary.folder)].length > 0 ? "LEAK names" : 0',
  ),
  attack(
    'read by process.loadEnvFile',
    read,
    'process.loadEnvFile(canary.file); return "LEAK loaded"',
  ),
  attack(
    'read by node:fs of process.getBuiltinModule',
    read,
    'return process.getBuiltinModule("node:fs").readFileSync(canary.file, "utf8")',
  ),
  attack(
    'read by a worker from a file',
    read,
    'return new Promise((resolve) => { const w = new Worker("file://" + canary.worker, { type: "module" }); w.onerror = (e) => { e.preventDefault(); resolve("error") }; w.onmessage = (e) => resolve(e.data); setTimeout(() => resolve("nothing"), 1500) })',
  ),
  attack(
    'a file for its owner alone',
    `${read} user`,
    'return Deno.readTextFileSync(canary.privateFile)',
    { root: true },
  ),
  attack(
    'import a module from a file',
    'permissions bubblewrap',
    'return (await import("file://" + canary.module)).default',
  ),
  attack(
    'import JSON from a file',
    'permissions bubblewrap',
    'return (await import("file://" + canary.json, { with: { type: "json" } })).default',
  ),
  attack(
    'import WebAssembly from a file',
    'permissions bubblewrap',
    'return (await import("file://" + canary.wasm)) ? "LEAK imported" : 0',
  ),
  attack(
    'import a file through a data: module',
    'permissions bubblewrap',
    'const m = "data:text/javascript," + encodeURIComponent(`export { default } from "file://${canary.module}"`); return (await import(m)).default',
  ),
  attack(
    'read by node:fs',
    imported,
    'return (await import("node:fs")).readFileSync(canary.file, "utf8")',
  ),
  attack(
    'read by node:fs/promises',
    imported,
    'return (await import("node:fs/promises")).readFile(canary.file, "utf8")',
  ),
  attack(
    'read by a stream of node:fs',
    imported,
    'const { createReadStream } = await import("fs"); let s = ""; for await (const c of createReadStream(canary.file)) s += c; return s',
  ),
  attack(
    'read by createRequire',
    imported,
    'const { createRequire } = await import("node:module"); return createRequire("file:///x.js")(canary.json)',
  ),
  attack(
    'node:fs as NODE:fs',
    imported,
    'return (await import("NODE:fs")).readFileSync(canary.file, "utf8")',
  ),
  attack(
    'node:fs re-exported by a data: module',
    imported,
    'const m = "data:text/javascript,export { readFileSync } from \'node:fs\'"; return (await import(m)).readFileSync(canary.file, "utf8")',
  ),
  attack('write by Deno.writeTextFile', write, 'Deno.writeTextFileSync(canary.folder + "/a", "a")'),
  attack('make a directory', write, 'Deno.mkdirSync(canary.folder + "/a")'),
  attack('make a temporary file', write, 'return Deno.makeTempFileSync({ dir: canary.folder })'),
  attack('remove a file', write, 'Deno.removeSync(canary.folder + "/victim")'),
  attack(
    'rename a file',
    write,
    'Deno.renameSync(canary.folder + "/victim", canary.folder + "/b")',
  ),
  attack('empty a file', write, 'Deno.truncateSync(canary.folder + "/victim")'),
  attack(
    'make a symbolic link',
    write,
    'Deno.symlinkSync(canary.file, canary.folder + "/link"); return Deno.readTextFileSync(canary.folder + "/link")',
  ),
  attack(
    'write by node:fs',
    importedWrite,
    '(await import("node:fs")).writeFileSync(canary.folder + "/a", "a")',
  ),
  attack(
    'write a snapshot of the heap',
    importedWrite,
    '(await import("node:v8")).writeHeapSnapshot(canary.folder + "/a.heapsnapshot")',
  ),
  attack(
    'load native code by node:sqlite',
    'imports permissions',
    'const { DatabaseSync } = await import("node:sqlite"); return new DatabaseSync(":memory:", { allowExtension: true }) ? "LEAK extensions" : 0',
  ),
  attack(
    'write by node:sqlite',
    importedNative,
    'const { DatabaseSync } = await import("node:sqlite"); new DatabaseSync(canary.folder + "/db").exec("create table t (a)")',
  ),
  attack(
    'write by ATTACH of node:sqlite',
    importedNative,
    'const { DatabaseSync } = await import("node:sqlite"); new DatabaseSync(":memory:").exec(`attach "${canary.folder}/db" as d; create table d.t (a)`)',
  ),
]
