/** A sandbox that was taken over says what it likes to its supervisor. */
import type { Attack, ProtocolAttack, Seen } from '../attack.ts'

const headerBytes = 9
const moreFollows = 0x80
const type = {
  assigned: 17,
  flush: 19,
  progress: 20,
  console: 21,
  emit: 22,
  done: 23,
  dependency: 26,
  fetch: 27,
}
const encoder = new TextEncoder()

function frame(
  kind: number,
  id: number,
  payload: string | Uint8Array,
  promised?: number,
): Uint8Array {
  const bytes = typeof payload === 'string' ? encoder.encode(payload) : payload
  const whole = new Uint8Array(headerBytes + bytes.byteLength)
  const view = new DataView(whole.buffer)
  view.setUint32(0, promised ?? bytes.byteLength, true)
  view.setUint8(4, kind)
  view.setUint32(5, id, true)
  whole.set(bytes, headerBytes)
  return whole
}

function flush(results: string, at = '[2,0]', id = 1): Uint8Array {
  return frame(type.flush, id, `{"at":${at},"results":[${results}]}`)
}

const mebibyte = 1 << 20
const believed = ({ slices }: Seen): boolean => slices.length > 0
const taken = ({ messages }: Seen): boolean => messages > 0

function attack(
  name: string,
  damage: ProtocolAttack['damage'],
  bytes: () => readonly Uint8Array[],
): Attack {
  return { name, group: 'protocol', stoppedBy: ['supervisor'], damage, bytes }
}

const ofSlice = (slice: number, value = '"forged"'): string => `[${slice},1,1,${value}]`
const deep = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)

export const protocolAttacks: readonly Attack[] = [
  attack(
    'a frame that promises gigabytes',
    ({ allocated }) => allocated > 16 * mebibyte,
    () => [frame(type.flush, 1, '', 0xffff_ffff)],
  ),
  attack(
    'a frame that promises a little too much',
    ({ allocated }) => allocated > mebibyte,
    () => [frame(type.flush, 1, '', mebibyte + 1)],
  ),
  attack(
    'a message of frames without end',
    ({ allocated }) => allocated > 64 * mebibyte,
    () =>
      Array.from({ length: 66 }, () =>
        frame(type.flush | moreFollows, 1, new Uint8Array(mebibyte).fill(32)),
      ),
  ),
  attack('empty frames that promise more', taken, () =>
    Array.from({ length: 100 }, () => frame(type.console | moreFollows, 1, '')),
  ),
  attack('a frame that is cut off', taken, () => [frame(type.progress, 1, '{"slice":1', 99)]),
  attack('a result after what has ended it', believed, () => [
    frame(99, 1, '{}'),
    flush(ofSlice(1)),
  ]),
  attack('a frame of an unknown type', taken, () => [frame(99, 1, '{}')]),
  attack('an order of the supervisor', taken, () => [frame(1, 1, '{}')]),
  attack('a message inside another', taken, () => [
    frame(type.console | moreFollows, 1, '{'),
    frame(type.done, 1, '{}'),
  ]),
  attack(
    'a result of a slice it does not have',
    ({ slices }) => slices.includes(99),
    () => [flush(ofSlice(99))],
  ),
  attack(
    'a result out of turn',
    ({ slices }) => slices[0] === 2,
    () => [flush(ofSlice(2))],
  ),
  attack(
    'a result told twice',
    ({ slices }) => slices.length > 1,
    () => [flush(`${ofSlice(1)},${ofSlice(1)}`)],
  ),
  attack(
    'more results than slices',
    ({ slices }) => slices.length > 2,
    () => [flush([1, 2, 3].map((slice) => ofSlice(slice)).join(','))],
  ),
  attack('a result of a batch that is not running', believed, () => [
    flush(ofSlice(1), '[2,0]', 7),
  ]),
  attack('a negative slice', believed, () => [flush(ofSlice(-1))]),
  attack('a slice that is a fraction', believed, () => [flush(ofSlice(1.5))]),
  attack('a slice that is text', believed, () => [flush('["1",1,1,"forged"]')]),
  attack('a time below zero', believed, () => [flush('[1,-1,1,"forged"]')]),
  attack('a time without end', believed, () => [flush('[1,1e999,1,"forged"]')]),
  attack('a result without a value', believed, () => [flush('[1,1,1]')]),
  attack('a payload that is not JSON', taken, () => [frame(type.progress, 1, '{"slice":')]),
  attack('a payload that is not UTF-8', taken, () => [
    frame(type.progress, 1, new Uint8Array([0xff, 0xfe])),
  ]),
  attack('a payload that is a number', taken, () => [frame(type.progress, 1, '5')]),
  attack(
    'a payload nested too deep',
    ({ thrown }) => thrown,
    () => [flush(ofSlice(1, deep(300_000)))],
  ),
  attack(
    '__proto__ in a message',
    ({ polluted }) => polluted,
    () => [
      frame(
        type.progress,
        1,
        '{"__proto__":{"admin":true},"constructor":{"prototype":{"admin":true}},"slice":1}',
      ),
    ],
  ),
  attack('done before its slices', taken, () => [frame(type.done, 1, '{}')]),
  attack('a console line of another slice', taken, () => [
    frame(type.console, 1, '{"slice":99,"level":"log","same":1,"message":["forged"]}'),
  ]),
  attack('a level that is no level', taken, () => [
    frame(type.console, 1, '{"slice":1,"level":"constructor","same":1,"message":["forged"]}'),
  ]),
  attack('progress of another slice', taken, () => [
    frame(type.progress, 1, '{"slice":99,"fraction":1}'),
  ]),
  attack('an event of another slice', taken, () => [
    frame(type.emit, 1, '{"slice":99,"event":"e","data":1}'),
  ]),
  attack(
    'a flood of notices',
    ({ messages }) => messages > 5_000,
    () =>
      Array.from({ length: 6_000 }, () => frame(type.progress, 1, '{"slice":1,"fraction":0.5}')),
  ),
  attack(
    'a module outside its package',
    ({ served }) => served > 0,
    () => [
      frame(
        type.dependency,
        0,
        JSON.stringify({ id: 1, modules: Array.from({ length: 300 }, () => 'a/b') }),
      ),
    ],
  ),
  attack(
    'a fetch with a head longer than itself',
    ({ served }) => served > 0,
    () => [frame(type.fetch, 0, new Uint8Array([255, 255, 255, 127, 123, 125]))],
  ),
]
