/** Everything the decisions about a machine look at, read once, through a view that can be recorded. */
import type { Machine } from '../machine.ts'
import { type CgroupDecision, findCgroupPlace } from './cgroup-place.ts'
import type { FileView } from './file-view.ts'

export type Container = 'docker' | 'podman' | 'kubernetes' | 'lxc' | 'other'

export interface Facts {
  readonly machine: Machine
  /** As the distribution calls itself, and its short name for choosing a package manager. */
  readonly distribution: string
  readonly distributionIds: readonly string[]
  readonly kernel: string
  readonly container: Container | undefined
  /** Settings of the kernel, by name; absent where this kernel has no such setting. */
  readonly settings: Readonly<Record<string, string | undefined>>
  /** True when this process itself is behind a filter of system calls, as in a container. */
  readonly filtered: boolean
  /** True when a profile of AppArmor lets bubblewrap make namespaces. */
  readonly profiled: boolean
  /** What the kernel's filter can answer. */
  readonly filterAnswers: readonly string[]
  readonly cgroup: CgroupDecision
}

export const settingNames = {
  clone: 'kernel.unprivileged_userns_clone',
  most: 'user.max_user_namespaces',
  apparmor: 'kernel.apparmor_restrict_unprivileged_userns',
} as const

const profiles = ['/etc/apparmor.d/bwrap', '/etc/apparmor.d/bwrap-userns-restrict']

function valueOf(text: string, name: string): string | undefined {
  return new RegExp(`^${name}="?([^"\\n]*)"?$`, 'm').exec(text)?.[1]
}

function containerOf(view: FileView): Container | undefined {
  const groups = view.read('/proc/self/cgroup') ?? ''
  if (groups.includes('kubepods')) return 'kubernetes'
  if (view.read('/.dockerenv') !== undefined || groups.includes('/docker/')) return 'docker'
  if (view.read('/run/.containerenv') !== undefined) return 'podman'
  const kind = view.read('/run/systemd/container')?.trim()
  if (kind === undefined) return undefined
  return kind === 'docker' || kind === 'podman' || kind === 'lxc' ? kind : 'other'
}

export function readFacts(machine: Machine, view: FileView): Facts {
  const release = view.read('/etc/os-release') ?? ''
  const like = valueOf(release, 'ID_LIKE')?.split(' ') ?? []
  const setting = (name: string): [string, string | undefined] => [
    name,
    view.read(`/proc/sys/${name.replaceAll('.', '/')}`)?.trim(),
  ]
  return {
    machine,
    distribution: valueOf(release, 'PRETTY_NAME') ?? machine.platform,
    distributionIds: [valueOf(release, 'ID') ?? '', ...like],
    kernel: view.read('/proc/sys/kernel/osrelease')?.trim() ?? '',
    container: containerOf(view),
    settings: Object.fromEntries(Object.values(settingNames).map(setting)),
    filtered: /^Seccomp:\s*2$/m.test(view.read('/proc/self/status') ?? ''),
    profiled: profiles.some((path) => view.read(path) !== undefined),
    filterAnswers: (view.read('/proc/sys/kernel/seccomp/actions_avail') ?? '').trim().split(/\s+/),
    cgroup: findCgroupPlace(view),
  }
}
