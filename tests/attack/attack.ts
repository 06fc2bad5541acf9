/**
 * What an attack is. An attack says which layers stop it; each of these is a case of its own: the
 * layer must hold when all the others are left out, and the attack must succeed without any of them.
 */
import { type Layer, layers } from '../../packages/evaluator/src/weaken.ts'

export const groups = [
  'file',
  'environment',
  'network',
  'process',
  'escape',
  'python',
  'threads',
  'resources',
  'jail',
  'protocol',
] as const
export type Group = (typeof groups)[number]

/** Layers of the supervisor, which the evaluator knows nothing of. */
export const supervisorLayers = ['deadline', 'rest', 'broker', 'supervisor'] as const
export type StoppedBy = Layer | (typeof supervisorLayers)[number]
export const allLayers: readonly StoppedBy[] = [...layers, ...supervisorLayers]

/** How a run ends with all layers: `refused` is a slice that was told, any code a sandbox that died. */
export type Expected = 'refused' | 'EMEMORY' | 'ENOPROGRESS' | 'ESLICETOOSLOW' | 'ESANDBOX'

interface Common {
  readonly name: string
  readonly group: Group
  readonly stoppedBy: readonly StoppedBy[]
}

export interface WorkAttack extends Common {
  /**
   * Text of a work function that gets the `Canary`. It leaks when anything it says holds the secret,
   * when a server is reached, a file written, a process ended, or when its result begins with `LEAK`.
   */
  readonly code: string
  /** What the code is written in. */
  readonly worktime: 'map-basic' | 'pyodide'
  readonly expected: Expected
  /** As good a verdict, where another limit may be met first on a quick machine. */
  readonly orElse?: Expected
  /** Layers taken for broken already when each of `stoppedBy` is looked at alone. */
  readonly assumed: readonly Layer[]
  /** Only root has these layers to lose. */
  readonly root: boolean
  /** It needs a graphics processor, which is granted for it. */
  readonly gpu: boolean
  /** It goes on when its slice has ended: the sandbox rests, and then gets a second slice. */
  readonly outlives: boolean
  /** It maps far more memory than it uses: what caps it from outside goes by what is used. */
  readonly maps: boolean
}

/** What somebody saw who was told these frames. */
export interface Seen {
  /** Numbers of slices whose results were taken, in order. */
  readonly slices: readonly number[]
  /** Bytes set aside because a frame promised them. */
  readonly allocated: number
  /** Messages that were taken for good. */
  readonly messages: number
  /** A prototype was changed. */
  readonly polluted: boolean
  /** An exception came out. */
  readonly thrown: boolean
  /** Requests carried out for the sandbox. */
  readonly served: number
}

export interface ProtocolAttack extends Common {
  /** What a sandbox sends after a batch of the slices 1 and 2 has begun. */
  readonly bytes: () => readonly Uint8Array[]
  readonly damage: (seen: Seen) => boolean
}

export type Attack = WorkAttack | ProtocolAttack

export interface AttackCase {
  readonly name: string
  readonly attack: Attack
  readonly layer: StoppedBy
}

export function isProtocolAttack(attack: Attack): attack is ProtocolAttack {
  return 'bytes' in attack
}

/** One case for each layer that stops the attack. */
export function casesOf(attacks: readonly Attack[]): readonly AttackCase[] {
  return attacks.flatMap((attack) =>
    attack.stoppedBy.map((layer) => ({ name: `${attack.name} | ${layer}`, attack, layer })),
  )
}

interface AttackMore {
  readonly expected?: Expected
  readonly orElse?: Expected
  readonly assumed?: readonly Layer[]
  readonly root?: boolean
  readonly gpu?: boolean
  readonly outlives?: boolean
  readonly maps?: boolean
}

/** A maker of attacks of one group; layers are given as words in one text. */
export function attacksOf(group: Group) {
  return (name: string, stoppedBy: string, code: string, more: AttackMore = {}): WorkAttack => ({
    name,
    group,
    stoppedBy: stoppedBy.split(' ') as StoppedBy[],
    code: `async (canary) => { ${code} }`,
    worktime: 'map-basic',
    expected: more.expected ?? 'refused',
    ...(more.orElse === undefined ? {} : { orElse: more.orElse }),
    assumed: more.assumed ?? [],
    root: more.root ?? false,
    gpu: more.gpu ?? false,
    outlives: more.outlives ?? false,
    maps: more.maps ?? false,
  })
}

/** An attack in Python: the body of a coroutine that gets the `Canary` as a dict. */
export function pythonAttack(
  name: string,
  stoppedBy: string,
  body: string,
  more: AttackMore = {},
): WorkAttack {
  const indented = body.split('\n').map((line) => `  ${line}`)
  const code = [
    'import dcp',
    'async def attack(canary):',
    ...indented,
    'dcp.set_slice_handler(attack)',
  ]
  const attack = attacksOf('python')(name, stoppedBy, '', more)
  return { ...attack, code: code.join('\n'), worktime: 'pyodide' }
}
