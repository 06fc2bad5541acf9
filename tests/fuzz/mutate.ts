// Spoils texts and values, in ways that are likely to meet what a reader forgot. One source of chance.
import type { Random } from '@manyhands/protocol'

export interface Chance {
  /** An integer from 0 to `below` - 1. */
  int(below: number): number
  pick<Item>(items: readonly Item[]): Item
  /** True `percent` times in a hundred. */
  often(percent: number): boolean
}

export function createChance(random: Random): Chance {
  const int = (below: number): number => Math.floor(random.float() * below)
  return {
    int,
    pick: (items) => {
      const item = items[int(items.length)]
      if (item === undefined && items.length === 0) throw new Error('nothing to pick from')
      return item as (typeof items)[number]
    },
    often: (percent) => random.float() * 100 < percent,
  }
}

const tokens = [
  '"',
  '\\',
  '{',
  '}',
  '[',
  ']',
  ',',
  ':',
  'null',
  'true',
  '-0',
  '1e999',
  '9007199254740993',
  '\u0000',
  '\ud800',
  '\udfff',
  '\u2028',
  '"body":',
  '"owner":',
  '"__proto__":',
  'E0000P',
  'E0020C',
  'Effff',
  'A',
  'T',
  '{"msgId":1,"seq":0,"total":2}',
  ' ',
  '\n',
  '"type":"ack"',
  '\\u0022',
] as const

/** A text that differs from `text`, often in one place. */
export function mutateText(text: string, chance: Chance, other: string): string {
  let result = text
  const times = chance.often(80) ? 1 : 1 + chance.int(5)
  for (let n = 0; n < times; n += 1) result = mutateOnce(result, chance, other)
  return result === text ? `${text}x` : result
}

function mutateOnce(text: string, chance: Chance, other: string): string {
  const at = chance.int(text.length + 1)
  const end = Math.min(text.length, at + 1 + chance.int(chance.often(70) ? 4 : 200))
  switch (chance.int(8)) {
    case 0:
      return text.slice(0, at) + text.slice(end)
    case 1:
      return text.slice(0, at) + chance.pick(tokens) + text.slice(at)
    case 2:
      return text.slice(0, at) + chance.pick(tokens) + text.slice(end)
    case 3:
      return text.slice(0, at)
    case 4:
      return text.slice(0, end) + text.slice(at)
    case 5:
      return text.slice(0, at) + String.fromCharCode(chance.int(0x180)) + text.slice(at + 1)
    case 6: {
      const from = chance.int(other.length + 1)
      return text.slice(0, at) + other.slice(from, from + chance.int(300)) + text.slice(end)
    }
    default:
      return text.slice(at) + text.slice(0, at)
  }
}

const oddValues: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e308,
  -1e308,
  2 ** 53,
  '',
  'x',
  '__proto__',
  'connect',
  'keepalive',
  'close',
  'ack',
  'request',
  'response',
  'notification',
  'batch',
  [],
  {},
  [[]],
  [null],
  { type: 'batch' },
  { operation: 'echo' },
  { jsonData: '{' },
  '\ud800',
  'x'.repeat(300),
  'y'.repeat(20_000),
  '{"a":1}',
]

/** Each time its own, because it may be changed in its turn. */
function oddValue(chance: Chance): unknown {
  return structuredClone(chance.pick(oddValues))
}

const oddNames = ['__proto__', 'constructor', 'toJSON', 'jsonData', 'dcpsid', 'then', '0', '']

/** A copy of a JSON value with something changed inside. */
export function mutateValue(value: unknown, chance: Chance): unknown {
  const copy = { root: JSON.parse(JSON.stringify(value)) as unknown }
  const times = chance.often(75) ? 1 : 1 + chance.int(4)
  for (let n = 0; n < times; n += 1) mutatePlace(copy, chance)
  return copy.root
}

function mutatePlace(root: Record<string, unknown>, chance: Chance): void {
  let parent: Record<string, unknown> = root
  let names = Object.keys(parent)
  let name = chance.pick(names)
  // Walks down; stops sooner or later at any depth.
  for (;;) {
    const child = parent[name]
    const inside = typeof child === 'object' && child !== null ? Object.keys(child) : []
    if (inside.length === 0 || chance.often(25)) break
    parent = child as Record<string, unknown>
    names = inside
    name = chance.pick(names)
  }
  switch (chance.int(7)) {
    case 0:
      if (parent !== root) delete parent[name]
      return
    case 1:
      parent[name] = [parent[name]]
      return
    case 2:
      parent[name] = parent[chance.pick(names)]
      return
    case 3:
      define(parent, chance.pick(oddNames), oddValue(chance))
      return
    case 4:
      parent[name] =
        typeof parent[name] === 'number' ? Number(parent[name]) * 1.5 : parent[name] + 'x'
      return
    default:
      define(parent, name, oddValue(chance))
  }
}

/** Sets a member whatever its name is; `__proto__` becomes a member as JSON.parse makes one. */
function define(target: Record<string, unknown>, name: string, value: unknown): void {
  Object.defineProperty(target, name, {
    value,
    configurable: true,
    enumerable: true,
    writable: true,
  })
}
