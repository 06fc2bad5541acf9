/** The layers that hold a sandbox here, in words a person can read. */
import type { CgroupPlace } from './jail/cgroup-place.ts'
import type { Machine } from './machine.ts'
import type { Layer } from './weaken.ts'

export interface Protection {
  readonly machine: Machine
  readonly jailed: boolean
  readonly cgroup: CgroupPlace | undefined
  readonly without: ReadonlySet<Layer>
}

interface Line {
  readonly text: string
  readonly holds: boolean
  /** The layer that, left out, takes this away. */
  readonly layer?: Layer
}

/** The innermost first. Those that were left out for a test are named as such. */
export function protectionsOf({ cgroup, jailed, machine, without }: Protection): readonly string[] {
  const { prlimit, procfs, root, setpriv } = machine
  const killed = jailed || setpriv !== undefined
  const lines: Line[] = [
    { text: 'hardened realm', holds: true, layer: 'realm' },
    { text: 'every Deno permission denied', holds: true, layer: 'permissions' },
    { text: 'no modules to import', holds: true, layer: 'imports' },
    { text: 'empty environment', holds: true, layer: 'environment' },
    { text: 'allow-list of system calls', holds: jailed, layer: 'seccomp' },
    { text: 'namespaces and a root directory of its own', holds: jailed, layer: 'bubblewrap' },
    { text: 'no network interface', holds: jailed, layer: 'network' },
    { text: 'user id of its own', holds: root, layer: 'user' },
    { text: 'no new privileges', holds: killed },
    { text: 'dies with its broker', holds: killed },
    { text: 'resource limits', holds: prlimit !== undefined, layer: 'limits' },
    {
      text: `memory capped by cgroup v${cgroup?.version ?? ''}`,
      holds: cgroup !== undefined,
      layer: 'limits',
    },
    { text: 'memory watched', holds: procfs, layer: 'limits' },
  ]
  const kept = lines.filter(({ holds, layer }) => holds && !(layer && without.has(layer)))
  return [
    ...kept.map(({ text }) => text),
    ...[...without].map((layer) => `left out for a test: ${layer}`),
  ]
}
