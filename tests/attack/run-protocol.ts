/** Shows the bytes of an attack to the supervisor, and to a careless one that believes all of them. */
import { silentLogger, systemClock } from '@manyhands/protocol'

import { createFramedSandbox } from '../../packages/sandbox/src/framed/framed-sandbox.ts'
import { defaultLimits } from '../../packages/sandbox/src/limits.ts'
import type { SliceError } from '../../packages/sandbox/src/sandbox.ts'
import type { ProtocolAttack, Seen } from './attack.ts'
import type { Outcome } from './run-work.ts'

const headerBytes = 9
const moreFollows = 0x80
const readyType = 16
const assignedType = 17
const flushType = 19
const dependencyType = 26
const fetchType = 27
const sliceCount = 2

const encoder = new TextEncoder()

function bare(type: number, text: string): Uint8Array {
  const payload = encoder.encode(text)
  const frame = new Uint8Array(headerBytes + payload.byteLength)
  new DataView(frame.buffer).setUint32(0, payload.byteLength, true)
  frame[4] = type
  frame.set(payload, headerBytes)
  return frame
}

const ready = bare(
  readyType,
  JSON.stringify({ fdlibm: false, useStrict: true, offscreenCanvas: false, webgpu: false }),
)

async function showSupervisor(bytes: readonly Uint8Array[]): Promise<{ seen: Seen; said: string }> {
  const slices: number[] = []
  const heard = { messages: 0, served: 0 }
  let thrown = false
  let end: (error: SliceError) => void = () => undefined
  const ended = new Promise<SliceError>((resolve) => {
    end = resolve
  })
  const killed: SliceError = { name: 'Error', message: 'killed' }
  const sandbox = createFramedSandbox(
    'attacker',
    {
      ended,
      send: () => undefined,
      cpuMs: async () => 1,
      kill: async () => end(killed),
    },
    { clock: systemClock, logger: silentLogger, limits: defaultLimits, warned: new WeakSet() },
  )
  sandbox.receive(ready)
  await sandbox.ready
  const assigned = sandbox.assign({
    workFunction: 'x => x',
    arguments: [],
    useStrict: false,
    worktime: { name: 'map-basic', version: '1.0.0' },
    public: { name: '', description: '', link: '' },
    loadModules: async () => {
      heard.served += 1
      return new Map()
    },
    fetch: async () => {
      heard.served += 1
      throw new Error('no')
    },
  })
  await new Promise((resolve) => setImmediate(resolve))
  sandbox.receive(bare(assignedType, '{}'))
  await assigned
  const count = (): void => void (heard.messages += 1)
  const running = sandbox.run(
    { slices: [1, sliceCount], values: ['1', '2'] },
    {
      results: (results) => {
        slices.push(...results.map(({ slice }) => slice))
      },
      progress: count,
      console: (_slice, _level, message) => {
        // What the supervisor says itself about missing calls of progress does not count.
        if (!String(message).includes('progress()')) count()
      },
      emit: count,
    },
  )
  try {
    for (const chunk of bytes) sandbox.receive(chunk)
  } catch {
    thrown = true
  }
  await new Promise((resolve) => setTimeout(resolve, 20))
  const allocated = sandbox.dead ? 0 : bytes.reduce((sum, { byteLength }) => sum + byteLength, 0)
  await sandbox.kill()
  const outcome = await running
  if (outcome.kind === 'done') heard.messages += 1
  const polluted = 'admin' in {}
  const said = outcome.kind === 'died' ? outcome.error.message : outcome.kind
  return { seen: { slices, allocated, ...heard, polluted, thrown }, said }
}

/** Believes every header, every number and every key. */
function showCareless(bytes: readonly Uint8Array[]): Seen {
  const seen = {
    slices: [] as number[],
    allocated: 0,
    messages: 0,
    polluted: false,
    thrown: false,
    served: 0,
  }
  const state: Record<string, unknown> = {}
  for (const frame of bytes) {
    const view = new DataView(frame.buffer, frame.byteOffset)
    seen.allocated += view.getUint32(0, true)
    seen.messages += 1
    const type = view.getUint8(4) & ~moreFollows
    if (type === dependencyType || type === fetchType) seen.served += 1
    try {
      const value = JSON.parse(new TextDecoder().decode(frame.subarray(headerBytes))) as Record<
        string,
        unknown
      >
      Object.assign(state, value)
      if (type === flushType) {
        const { results } = value as { results: [number, ...unknown[]][] }
        seen.slices.push(...results.map(([slice]) => slice))
      }
      JSON.stringify(value)
    } catch {
      seen.thrown = true
    }
  }
  seen.polluted = 'admin' in state
  return seen
}

export async function runProtocol(attack: ProtocolAttack, careless: boolean): Promise<Outcome> {
  const bytes = attack.bytes()
  const { said, seen } = careless
    ? { said: 'believed', seen: showCareless(bytes) }
    : await showSupervisor(bytes)
  const leak = attack.damage(seen) ? 'it was believed' : undefined
  return { leak, verdict: 'refused', said }
}
