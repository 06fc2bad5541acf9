/**
 * Makes sandboxes: finds what they are made of, proves the jail, gives each a user id, a group and a
 * socket. Whoever drives them, by frames or by lines, gets them here.
 */
import { join } from 'node:path'

import { findGpu, type GpuParts } from './gpu/find-gpu.ts'
import { type Cgroups, openCgroups, type SandboxGroup } from './jail/cgroup.ts'
import type { CgroupPlace } from './jail/cgroup-place.ts'
import { missingOf } from './jail/diagnose.ts'
import { readFacts } from './jail/facts.ts'
import { systemFiles } from './jail/file-view.ts'
import { type Jail, prepareJail } from './jail/prepare.ts'
import { buildLaunch, type Tongue } from './launch.ts'
import { parseSandboxLimits, type SandboxLimits } from './limits.ts'
import { inspectMachine, isStuckAsRoot, type Machine } from './machine.ts'
import { findDeno, findGuest, readablePath } from './programs.ts'
import { protectionsOf } from './protections.ts'
import { findPyodide, type PyodideInstallation } from './pyodide.ts'
import { type SandboxProcess, startSandbox } from './sandbox-process.ts'
import { createUserIds } from './user-ids.ts'
import type { Layer } from './weaken.ts'

/** auto: jail when it can be had; required: refuse to start without; none: do without. */
export type JailPolicy = 'auto' | 'required' | 'none'

export interface WorkshopOptions {
  /** Takes the sockets of sandboxes; nobody else can enter it. */
  readonly folder: string
  readonly jail: JailPolicy
  /** Layers that a test takes away. */
  readonly without: ReadonlySet<Layer>
  /** Grants the graphics processor; in tests, the manifest of a driver that computes in software. */
  readonly gpu?: boolean | string
  /** Told what went wrong and changes nothing for any sandbox. */
  readonly warn: (what: string) => void
}

export interface WorkshopDescription {
  readonly deno: string
  readonly platform: string
  readonly jail: 'bubblewrap' | 'none'
  readonly protections: readonly string[]
  /** What is missing for a jail and how to get it; empty when there is one. */
  readonly missing: readonly string[]
  /** The device files of graphics processors that sandboxes may use. */
  readonly gpu: readonly string[]
}

export interface Workshop {
  readonly description: WorkshopDescription
  /** Undefined: there is no Python here. */
  readonly python: PyodideInstallation | undefined
  /** A sandbox that waits at its socket for whoever is to drive it, in the tongue it will speak. */
  start(
    id: string,
    limits: unknown,
    tongue?: Tongue,
  ): Promise<{ readonly sandbox: SandboxProcess; readonly limits: SandboxLimits }>
  close(): Promise<void>
}

/** There is no jail, and one was required. */
export class NoJailError extends Error {
  override readonly name = 'NoJailError'
}

interface Programs {
  readonly deno: string
  readonly version: string
  readonly guest: string
}

async function findPrograms(machine: Machine, without: ReadonlySet<Layer>): Promise<Programs> {
  const found = findDeno()
  const guest = await findGuest({ hardened: !without.has('realm') })
  if (!machine.root) return { deno: found.path, version: found.version, guest }
  return {
    deno: await readablePath(found.path, true),
    version: found.version,
    guest: await readablePath(guest, false),
  }
}

async function openGroups(
  place: CgroupPlace | undefined,
  warn: (what: string) => void,
): Promise<Cgroups | undefined> {
  if (place === undefined) return undefined
  try {
    return await openCgroups(place)
  } catch (error) {
    warn(`cgroups cannot be used: ${(error as Error).message}`)
    return undefined
  }
}

function refusal(missing: readonly string[]): NoJailError {
  const lines = missing.map((line) => `  - ${line}`)
  return new NoJailError(['there is no jail here, and one is required:', ...lines].join('\n'))
}

async function grantGpu(
  deno: string,
  { gpu = false, warn }: WorkshopOptions,
): Promise<GpuParts | undefined> {
  if (gpu === false) return undefined
  const found = await findGpu({ deno, ...(gpu === true ? {} : { software: gpu }) })
  if (!('missing' in found)) return found
  warn(`a graphics processor was granted, and there is none to use: ${found.missing}`)
  return undefined
}

/** @throws NoJailError when a jail is required and there is none. */
export async function openWorkshop(options: WorkshopOptions): Promise<Workshop> {
  const { folder, jail: policy, warn, without } = options
  const machine = inspectMachine()
  if (machine.platform === 'win32') throw new Error('sandboxes do not run on Windows yet')
  if (isStuckAsRoot()) {
    throw refusal([
      'user: sandboxes never run as root, and there is no other user in this namespace',
    ])
  }
  const facts = readFacts(machine, systemFiles)
  const { deno, guest, version } = await findPrograms(machine, without)
  const userIds = createUserIds()
  const python = findPyodide()
  let jail: Jail | undefined
  let missing: readonly string[] = ['the evaluator was started with --jail none']
  if (policy !== 'none') {
    const uid = userIds.take()
    const prepared = await prepareJail({ machine, facts, deno, uid, folder })
    userIds.give(uid)
    jail = prepared.jail
    missing = missingOf(prepared.diagnosis)
  }
  if (policy === 'required' && jail === undefined) throw refusal(missing)
  const limited = !without.has('limits')
  const place = limited ? facts.cgroup.found : undefined
  const cgroups = await openGroups(place, warn)
  const weakened = without.size > 0
  const gpu = await grantGpu(deno, options)

  async function openGroup(id: string, limits: SandboxLimits): Promise<SandboxGroup | undefined> {
    const { memoryMib, processes } = limits
    return cgroups?.create(id, { memoryBytes: memoryMib * (1 << 20), processes })
  }

  return {
    python,
    description: {
      deno: version,
      platform: machine.platform,
      jail: jail !== undefined && !weakened ? 'bubblewrap' : 'none',
      protections: protectionsOf({
        machine,
        jailed: jail !== undefined,
        cgroup: cgroups === undefined ? undefined : place,
        without,
      }),
      missing: weakened ? ['layers were left out for a test'] : missing,
      gpu: gpu?.devices ?? [],
    },
    async start(id, limitsWanted, tongue = 'frames') {
      const limits = parseSandboxLimits(limitsWanted)
      const uid = userIds.take()
      let group: SandboxGroup | undefined
      try {
        group = await openGroup(id, limits)
        const command = buildLaunch(machine, {
          deno,
          guest,
          uid,
          limits,
          tongue,
          equipment: python === undefined ? [] : ['pyodide'],
          gpu,
          without,
          doors: group?.doors ?? [],
          ...(jail === undefined ? {} : { jail: jail.parts }),
        })
        const sandbox = await startSandbox({
          socketPath: join(folder, `${id}.sock`),
          command,
          limits,
          filterFile: gpu === undefined ? jail?.filterFile : jail?.gpuFilterFile,
          group,
          gpu: gpu !== undefined,
          watched: limited,
          warn,
        })
        void sandbox.ended.then(() => userIds.give(uid))
        return { sandbox, limits }
      } catch (error) {
        userIds.give(uid)
        await group?.remove()
        throw error
      }
    },
    async close() {
      await cgroups?.close()
    },
  }
}
