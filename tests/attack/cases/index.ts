/** All attacks, and the categories that have nothing to attack here. */
import type { Attack } from '../attack.ts'
import { environmentAttacks } from './environment.ts'
import { escapeAttacks } from './escape.ts'
import { fileAttacks } from './file.ts'
import { jailAttacks } from './jail.ts'
import { networkAttacks } from './network.ts'
import { processAttacks } from './process.ts'
import { protocolAttacks } from './protocol.ts'
import { pythonAttacks } from './python.ts'
import { resourceAttacks } from './resources.ts'
import { threadAttacks } from './threads.ts'

export const attacks: readonly Attack[] = [
  ...fileAttacks,
  ...environmentAttacks,
  ...networkAttacks,
  ...processAttacks,
  ...escapeAttacks,
  ...pythonAttacks,
  ...threadAttacks,
  ...resourceAttacks,
  ...jailAttacks,
  ...protocolAttacks,
]

/** Named in what we learn from, and not counted. */
export const withoutTarget: readonly (readonly [category: string, reason: string])[] = [
  ['vm2 8 cross-realm symbols', 'the realm shares no object with another one'],
  ['vm2 9 util.inspect', 'nothing of the guest is formatted by Node; values cross as copies'],
  ['vm2 20 host prototype pollution', 'values cross as copies; the stream is attacked in protocol'],
  ['vm2 22 unhandled rejections', 'they fail their slice; no layer could be left out'],
  ['vm2 23 huge Buffer.alloc', 'there is no Buffer; buffers are attacked in resources'],
  ['vm2 24 symlink race', 'no path is ever checked by name: there is no file system to race for'],
  ['vm2 25 nesting', 'there is no sandbox to be had inside; node:vm is attacked in process'],
  ['vm2 26 throwing without prototype', 'it fails its slice; no layer could be left out'],
  ['ShadowRealm, decorators', 'the engine does not have them'],
  ['localStorage, caches, KV on disk', 'DENO_DIR does not exist, with any layer or without'],
  ['import of npm: and jsr:', 'without its layers it would reach registries'],
  ['WASI, FFI of Node', 'they are modules of Node, whose import is attacked in process'],
  ['sockets, files and processes of Python', 'the interpreter itself has none to give'],
  ['fetch of files', 'the broker speaks http alone, and so does what stands for a careless one'],
  ['XMLHttpRequest, WebRTC, indexedDB, service workers', 'the engine does not have them'],
  ['QUIC, WebTransport, import of texts', 'the engine has them behind flags that nobody sets'],
  [
    'report of process, working directory',
    'nothing of the host is in them, with any layer or without',
  ],
  ['forged requests of the official protocol', 'lines are attacked in the tests of check-line'],
  ['tokens of the scheduler', 'no sandbox and no evaluator is ever given one'],
  ['browser sandboxes', 'not there yet'],
  ['job state on a reused sandbox', 'a sandbox never changes its work function'],
]
