/**
 * Ways out of the realm, after the categories of attacks that broke vm2. Each trick finds a global
 * object that the realm did not harden; there Deno would be.
 */
import { type Attack, attacksOf } from '../attack.ts'

const attack = attacksOf('escape')
const stops = 'realm permissions bubblewrap'

/** `trick` leaves the object it found in `g`. */
function by(name: string, trick: string): Attack {
  return attack(name, stops, `let g; ${trick}; return g.Deno.readTextFileSync(canary.file)`)
}

const steps = (name: string, body: string): Attack => by(name, `await (async () => { ${body} })()`)

export const escapeAttacks: readonly Attack[] = [
  by('1 constructor chain', 'g = (() => {}).constructor("return globalThis")()'),
  by(
    '1 constructor chain of a generator',
    'g = (function* () {}).constructor("yield globalThis")().next().value',
  ),
  by(
    '1 constructor chain of an async function',
    'g = await (async () => {}).constructor("return globalThis")()',
  ),
  by('1 constructor chain of the input', 'g = canary.constructor.constructor("return this")()'),
  by(
    '1 constructor chain of a function of the harness',
    'g = progress.constructor("return globalThis")()',
  ),
  by(
    '1 constructor chain of a promise',
    'g = Promise.resolve().constructor.constructor("return globalThis")()',
  ),
  by(
    '2 prototype chain of the global object',
    'g = globalThis; for (let p = g; p; p = Object.getPrototypeOf(p)) if (Object.hasOwn(p, "Deno")) g = p',
  ),
  by(
    '2 prototype of a function of the harness',
    'g = Object.getPrototypeOf(console.log).constructor("return this")()',
  ),
  steps(
    '3 species of a promise',
    'class X extends Promise { static get [Symbol.species]() { return function (f) { f((v) => v, () => {}); g ??= f.constructor("return this")() } } } X.resolve(1).then(() => {})',
  ),
  by(
    '3 symbols of the global object',
    'g = globalThis; for (const s of Object.getOwnPropertySymbols(g)) if (g[s]?.Deno) g = g[s]',
  ),
  steps(
    '4 prepareStackTrace',
    'Error.prepareStackTrace = (_e, frames) => frames; const frames = new Error().stack; for (const f of frames) { const o = f.getThis?.() ?? f.getFunction?.()?.constructor("return this")(); if (o) g ??= o } g ??= globalThis',
  ),
  steps(
    '4 name of an error is a symbol',
    'try { const e = new Error(); e.name = Symbol(); e.stack; String(e) } catch (e) { g = e.constructor.constructor("return this")() }',
  ),
  steps(
    '4 error of the engine',
    'try { null.x } catch (e) { g = e.constructor.constructor("return this")() }',
  ),
  steps(
    '4 overflow of the stack',
    'const f = () => { try { f() } catch (e) { g ??= e.constructor.constructor("return this")() } }; f()',
  ),
  by(
    '5 caller',
    'g = await (function f() { try { return f.caller.constructor("return this")() } catch { return f.constructor("return this")() } })()',
  ),
  by('5 callee', 'g = (function () { return arguments.callee.constructor("return this")() })()'),
  by(
    '6 traps of a proxy',
    'structuredClone; try { console.log(new Proxy(() => {}, { get(_t, _k, r) { g = (() => {}).constructor("return this")(); return undefined } })) } catch {} g ??= (() => {}).constructor("return this")()',
  ),
  steps(
    '7 thenable',
    'await { then(resolve) { g = resolve.constructor("return this")(); resolve() } }',
  ),
  steps(
    '7 rejection of an import',
    'await import("x:y").catch((e) => { g = e.constructor.constructor("return this")() })',
  ),
  steps(
    '10 built-in that calls back',
    '[1].sort; "a".replace("a", (...a) => { g = a.at.constructor("return this")(); return "" })',
  ),
  steps(
    '11 patched method that the harness calls',
    'const { get } = Map.prototype; Map.prototype.get = function (...a) { g ??= get.constructor("return this")(); return get.apply(this, a) }; try { fetch("http://a.example/").catch(() => {}) } finally { g ??= globalThis; Map.prototype.get = get }',
  ),
  by('12 name in escapes', 'g = { Deno: \\u0044eno }'),
  by('12 with', 'g = new Function("with (globalThis) { return { Deno } }")()'),
  by('12 indirect eval', 'g = (0, eval)("({ Deno })")'),
  steps(
    '13 import of a data: module',
    'g = (await import("data:text/javascript,export default globalThis")).default',
  ),
  steps(
    '13 import of a blob: module',
    'g = (await import(URL.createObjectURL(new Blob(["export default globalThis"], { type: "text/javascript" })))).default',
  ),
  by(
    '14 trap of the in operator',
    'const p = new Proxy({}, { has() { return true } }); if ("Deno" in p) g = globalThis',
  ),
  by('15 descriptor', 'g = { Deno: Object.getOwnPropertyDescriptor(globalThis, "Deno").value }'),
  steps(
    '16 SuppressedError',
    'try { using a = { [Symbol.dispose]() { throw 1 } }; throw 2 } catch (e) { g = e.constructor.constructor("return this")() }',
  ),
  steps(
    '17 exception through WebAssembly',
    'try { new WebAssembly.Module(new Uint8Array(3)) } catch (e) { g = e.constructor.constructor("return this")() }',
  ),
  by(
    '18 species of an array returns itself',
    'const a = [1]; a.constructor = { [Symbol.species]: function () { return a } }; g = a.map(() => globalThis)[0]',
  ),
  steps(
    '19 Array.fromAsync',
    'g = (await Array.fromAsync({ async *[Symbol.asyncIterator]() { yield globalThis } }))[0]',
  ),
  by('21 list of built-in modules', 'g = globalThis; process.getBuiltinModule("node:process")'),
  by('27 computed name', 'g = globalThis[["global", "This"].join("")]; g["De" + "no"].pid'),
  steps(
    '28 setter on Array.prototype',
    'Object.defineProperty(Array.prototype, 0, { set(v) { g ??= (() => {}).constructor("return this")() }, configurable: true }); console.log(1); delete Array.prototype[0]; g ??= globalThis',
  ),
  by(
    'Error.isError',
    'g = Error.isError(new Proxy(new Error(), {})) ? globalThis : Error.isError.constructor("return this")()',
  ),
  by(
    'promises of WebAssembly',
    'g = new WebAssembly.Suspending(async () => 0).constructor.constructor("return this")()',
  ),
  steps('module.declare', 'g = module.constructor.constructor("return this")()'),
  by(
    'requestPermission',
    'g = globalThis; await navigator.permissions?.request?.({ name: "read" }); await g.Deno.permissions.request({ name: "read" })',
  ),
]
