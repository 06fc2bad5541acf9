/** Reaching anybody. */
import { type Attack, attacksOf } from '../attack.ts'

const attack = attacksOf('network')
const net = 'realm permissions network seccomp'
const imported = 'realm imports permissions network seccomp'
const remote = 'imports permissions network seccomp'
const wait = 'await new Promise((resolve) => setTimeout(resolve, 200))'

export const networkAttacks: readonly Attack[] = [
  attack(
    'Deno.connect',
    net,
    '(await Deno.connect({ hostname: "127.0.0.1", port: canary.port })).close()',
  ),
  attack(
    'Deno.connectTls',
    net,
    'await Deno.connectTls({ hostname: "127.0.0.1", port: canary.port })',
  ),
  attack(
    'Deno.connect to a socket file',
    'realm permissions bubblewrap seccomp',
    'await Deno.connect({ transport: "unix", path: canary.socket })',
  ),
  attack(
    'Deno.listen',
    'realm permissions seccomp',
    'Deno.listen({ port: 0 }); return "LEAK listens"',
  ),
  attack(
    'Deno.serve',
    'realm permissions seccomp',
    'Deno.serve({ port: 0, onListen() {} }, () => new Response("")); return "LEAK listens"',
  ),
  attack(
    'Deno.resolveDns',
    net,
    'await Promise.race([Deno.resolveDns("secret.example", "A", { nameServer: { ipAddr: "127.0.0.1", port: canary.udp } }), new Promise((r) => setTimeout(r, 300))])',
  ),
  attack(
    'WebSocket',
    net,
    `const s = new WebSocket("ws://127.0.0.1:" + canary.port); s.onerror = (e) => e.preventDefault?.(); ${wait}`,
  ),
  attack(
    'EventSource',
    net,
    `const s = new EventSource("http://127.0.0.1:" + canary.port); s.onerror = () => s.close(); ${wait}`,
  ),
  attack(
    'node:net',
    imported,
    `const { connect } = await import("node:net"); connect(canary.port, "127.0.0.1").on("error", () => {}); ${wait}`,
  ),
  attack(
    'node:http',
    imported,
    `const { get } = await import("node:http"); get("http://127.0.0.1:" + canary.port).on("error", () => {}); ${wait}`,
  ),
  attack(
    'node:http2',
    imported,
    `const { connect } = await import("node:http2"); connect("http://127.0.0.1:" + canary.port).on("error", () => {}); ${wait}`,
  ),
  attack(
    'node:tls',
    imported,
    `const { connect } = await import("node:tls"); connect(canary.port, "127.0.0.1").on("error", () => {}); ${wait}`,
  ),
  attack(
    'node:dgram',
    imported,
    `const { createSocket } = await import("node:dgram"); createSocket("udp4").on("error", () => {}).send("x", canary.udp, "127.0.0.1"); ${wait}`,
  ),
  attack(
    'node:dns',
    'imports permissions network seccomp',
    `const { Resolver } = await import("node:dns"); const r = new Resolver(); r.setServers(["127.0.0.1:" + canary.udp]); r.resolve4("secret.example", () => {}); ${wait}`,
  ),
  attack(
    'node:net of process.getBuiltinModule',
    net,
    `process.getBuiltinModule("node:net").connect(canary.port, "127.0.0.1").on("error", () => {}); ${wait}`,
  ),
  attack(
    'import from http:',
    remote,
    'return (await import(`http://127.0.0.1:${canary.port}/a.js`)).default',
  ),
  attack(
    'import from http: through a data: module',
    remote,
    'return (await import("data:text/javascript," + encodeURIComponent(`export { default } from "http://127.0.0.1:${canary.port}/b.js"`))).default',
  ),
  attack(
    'a worker from http:',
    `${remote} realm`,
    'new Worker(`http://127.0.0.1:${canary.port}/c.js`, { type: "module" }).onerror = (e) => e.preventDefault(); await new Promise((r) => setTimeout(r, 500))',
  ),
  attack(
    'fetch from an origin that is not allowed',
    'broker',
    'return (await fetch(`http://127.0.0.1:${canary.port}/`)).text()',
  ),
  attack(
    'fetch from localhost by name',
    'broker',
    'return (await fetch(`http://localhost:${canary.port}/`)).text()',
  ),
  attack(
    'fetch from an address as one number',
    'broker',
    'return (await fetch(`http://2130706433:${canary.port}/`)).text()',
  ),
  attack(
    'fetch from an address in octal',
    'broker',
    'return (await fetch(`http://0177.0.0.1:${canary.port}/`)).text()',
  ),
  attack(
    'fetch by a redirect of an allowed origin',
    'broker',
    'return (await fetch(`http://127.0.0.1:${canary.redirect}/`)).text()',
  ),
  attack(
    'post to an origin that is not allowed',
    'broker',
    'return (await fetch(`http://127.0.0.1:${canary.port}/`, { method: "POST", body: "x" })).text()',
  ),
]
