/**
 * Where on this machine groups of processes with a limit on memory can be made: pure decisions over
 * the mounts and groups that /proc and /sys tell.
 */
import type { FileView } from './file-view.ts'

export interface CgroupPlace {
  readonly version: 1 | 2
  /** The directories in which groups are made; in version 2 they are the same. */
  readonly memory: string
  readonly pids: string | undefined
  /**
   * What has to be done before: nothing, turn the controllers on, or move all processes of the group
   * into one below it first.
   */
  readonly prepare: 'nothing' | 'enable' | 'leave'
}

export type CgroupDecision =
  | { readonly found: CgroupPlace }
  | { readonly found: undefined; readonly reason: string; readonly remedy: string }

interface Mount {
  readonly root: string
  readonly point: string
  readonly type: string
  readonly options: readonly string[]
}

function parseMounts(text: string): readonly Mount[] {
  return text.split('\n').flatMap((line) => {
    const [before = '', after] = line.split(' - ')
    const [, , , root, point] = before.split(' ')
    const [type, , options = ''] = after?.split(' ') ?? []
    if (root === undefined || point === undefined || type === undefined) return []
    return [{ root, point, type, options: options.split(',') }]
  })
}

/** The group of this process in each hierarchy, by controller; version 2 is the empty name. */
function parseGroups(text: string): ReadonlyMap<string, string> {
  const groups = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, controllers, ...path] = line.split(':')
    if (controllers === undefined) continue
    for (const name of controllers.split(',')) groups.set(name, path.join(':'))
  }
  return groups
}

/** Where the group is to be seen: a mount may show a part of the hierarchy alone. */
function directoryOf({ point, root }: Mount, group: string): string {
  const prefix = root === '/' ? '' : root
  const relative =
    group === prefix || group.startsWith(`${prefix}/`) ? group.slice(prefix.length) : ''
  return `${point}${relative}`.replace(/\/$/, '')
}

function words(text: string | undefined): readonly string[] {
  return (text ?? '').trim().split(/\s+/)
}

interface Hierarchies {
  readonly mounts: readonly Mount[]
  readonly groups: ReadonlyMap<string, string>
}

function findVersion1(view: FileView, { groups, mounts }: Hierarchies): CgroupPlace | undefined {
  const place = (controller: string): string | undefined => {
    const mount = mounts.find(
      ({ options, type }) => type === 'cgroup' && options.includes(controller),
    )
    const group = groups.get(controller)
    if (mount === undefined || group === undefined) return undefined
    const directory = directoryOf(mount, group)
    return view.canWrite(directory) ? directory : undefined
  }
  const memory = place('memory')
  if (memory === undefined) return undefined
  return { version: 1, memory, pids: place('pids'), prepare: 'nothing' }
}

/** The directory itself and those above it, up to the mount point. */
function upwards(directory: string, top: string): readonly string[] {
  const found: string[] = []
  for (
    let next = directory;
    next.length >= top.length;
    next = next.slice(0, next.lastIndexOf('/'))
  ) {
    found.push(next)
  }
  return found
}

function mayDivide(view: FileView, directory: string): boolean {
  return view.canWrite(directory) && view.canWrite(`${directory}/cgroup.procs`)
}

function preparationOf(view: FileView, directory: string): CgroupPlace['prepare'] | undefined {
  if (!mayDivide(view, directory)) return undefined
  if (words(view.read(`${directory}/cgroup.subtree_control`)).includes('memory')) return 'nothing'
  if (!view.canWrite(`${directory}/cgroup.subtree_control`)) return undefined
  if (!words(view.read(`${directory}/cgroup.controllers`)).includes('memory')) return undefined
  // Controllers are turned on only in a group without processes of its own.
  return view.read(`${directory}/cgroup.procs`)?.trim() === '' ? 'enable' : 'leave'
}

function findVersion2(view: FileView, { groups, mounts }: Hierarchies): CgroupPlace | undefined {
  const mount = mounts.find(({ type }) => type === 'cgroup2')
  const group = groups.get('')
  if (mount === undefined || group === undefined) return undefined
  const own = directoryOf(mount, group)
  const places = upwards(own, mount.point).flatMap((directory): CgroupPlace[] => {
    const prepare = preparationOf(view, directory)
    if (prepare === undefined) return []
    const counted = words(view.read(`${directory}/cgroup.controllers`)).includes('pids')
    const pids = counted ? directory : undefined
    return [{ version: 2, memory: directory, pids, prepare }]
  })
  const ready = places.find(({ prepare }) => prepare !== 'leave')
  // Only a group that was delegated to this user is its own to move processes about in.
  return ready ?? places.find(({ memory }) => memory === own)
}

const none = 'memory is limited by RLIMIT_DATA and watched ten times a second instead'

/** Chooses a place, or says why there is none and how to get one. */
export function findCgroupPlace(view: FileView): CgroupDecision {
  const mounts = parseMounts(view.read('/proc/self/mountinfo') ?? '')
  const groups = parseGroups(view.read('/proc/self/cgroup') ?? '')
  const hierarchies = { mounts, groups }
  const found = findVersion1(view, hierarchies) ?? findVersion2(view, hierarchies)
  if (found !== undefined) return { found }
  if (!mounts.some(({ type }) => type === 'cgroup' || type === 'cgroup2')) {
    return {
      found: undefined,
      reason: `no cgroups are mounted here; ${none}`,
      remedy: 'mount them: mount -t cgroup2 none /sys/fs/cgroup (as root)',
    }
  }
  return {
    found: undefined,
    reason: `no group here may be divided by this user; ${none}`,
    remedy:
      'start the evaluator in a group of its own: systemd-run --user --scope -p Delegate=yes manyhands …, ' +
      'or as a service with Delegate=memory pids; in a container, mount /sys/fs/cgroup writable',
  }
}
