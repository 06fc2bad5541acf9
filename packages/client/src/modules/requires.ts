/** `job.requires`: notes what a work function depends on, and where modules are looked for. */
import { DcpError } from '@manyhands/protocol'

interface Paths {
  readonly dependencies: string[]
  readonly requirePath: string[]
}

/** Throws EBADARG for anything but names of modules. */
export function addRequired({ dependencies, requirePath }: Paths, modules: unknown): void {
  const ids: readonly unknown[] = Array.isArray(modules) ? modules : [modules]
  if (ids.length === 0 || !ids.every((id) => typeof id === 'string' && id !== '')) {
    throw new DcpError('EBADARG', 'requires: the name of a module, or an array of names, is needed')
  }
  for (const id of ids as readonly string[]) {
    dependencies.push(id)
    const slash = id.lastIndexOf('/')
    const directory = id.slice(0, Math.max(0, slash))
    if (id.startsWith('.') || directory === '' || requirePath.includes(directory)) continue
    // The files of a published package are known by their plain names, too.
    requirePath.push(directory)
  }
}
