/**
 * One group of processes for each sandbox, with a limit on memory and on processes that the kernel
 * keeps. Groups that a killed evaluator left behind are removed by the next one.
 */
import { readdir, readFile, rmdir, mkdir, writeFile } from 'node:fs/promises'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

import type { CgroupPlace } from './cgroup-place.ts'
import { brokerLimits } from '../limits.ts'

export interface SandboxGroup {
  /** Whoever writes 0 into all of these files is in the group. */
  readonly doors: readonly string[]
  /** True when the kernel ended a process of the group because its memory was used up. */
  ranOutOfMemory(): Promise<boolean>
  /** Ends every process of the group. */
  kill(): Promise<void>
  remove(): Promise<void>
}

export interface Cgroups {
  create(
    name: string,
    limits: { readonly memoryBytes: number; readonly processes: number },
  ): Promise<SandboxGroup>
  close(): Promise<void>
}

const prefix = 'manyhands-'
const controllers = ['memory', 'pids'] as const

/**
 * Where a process enters a group. Moving a whole process makes the kernel wait, ten milliseconds and
 * more, until no process on the machine forks; a thread that moves itself waits for nothing, and the
 * shell that enters has but one. Version 2 does not divide threads.
 */
const doorOf = { 1: 'tasks', 2: 'cgroup.procs' } as const

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code
}

/** Removes a group that may have processes which are just ending. */
async function removeGroup(directory: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await rmdir(directory)
      return
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return
      if (codeOf(error) !== 'EBUSY' || attempt === brokerLimits.groupRemovalsMax) throw error
      await new Promise((resolve) => setTimeout(resolve, brokerLimits.groupRemovalMs))
    }
  }
}

/** The processes of a group; none when it is gone, even if that happens between opening and reading. */
async function processesOf(directory: string): Promise<readonly number[]> {
  try {
    const text = await readFile(join(directory, 'cgroup.procs'), 'utf8')
    return text.split('\n').flatMap((line) => (line === '' ? [] : Number(line)))
  } catch (error) {
    if (['ENOENT', 'ENODEV'].includes(codeOf(error) ?? '')) return []
    throw error
  }
}

/** SIGKILL to every process of a group, if it is there. */
async function killGroup(directory: string): Promise<void> {
  for (const pid of await processesOf(directory)) {
    try {
      process.kill(pid, 'SIGKILL')
    } catch (error) {
      // It has ended meanwhile.
      if (codeOf(error) !== 'ESRCH') throw error
    }
  }
}

async function removeTree(directory: string): Promise<void> {
  const entries = await readdir(directory, { withFileTypes: true })
  for (const entry of entries) {
    if (!entry.isDirectory()) continue
    await killGroup(join(directory, entry.name))
    await removeGroup(join(directory, entry.name))
  }
  await removeGroup(directory)
}

/** What is named after a process that is no more is nobody's, with whatever still runs in it. */
async function sweep(parent: string): Promise<void> {
  const names = (await readdir(parent)).filter((name) => name.startsWith(prefix))
  for (const name of names) {
    const pid = Number(name.slice(prefix.length))
    if (!Number.isSafeInteger(pid) || existsSync(`/proc/${pid}`)) continue
    try {
      await removeTree(join(parent, name))
    } catch (error) {
      // Two evaluators may sweep at once, and a process in it may take its time to end.
      if (!['ENOENT', 'EBUSY'].includes(codeOf(error) ?? '')) throw error
    }
  }
}

async function enable(directory: string, wanted: readonly string[]): Promise<void> {
  const text = wanted.map((name) => `+${name}`).join(' ')
  await writeFile(join(directory, 'cgroup.subtree_control'), text)
}

/** Moves every process of a group into another one; those that end meanwhile are none any more. */
async function moveAll(from: string, to: string): Promise<void> {
  const text = await readFile(join(from, 'cgroup.procs'), 'utf8')
  for (const pid of text.split('\n').filter((line) => line !== '')) {
    try {
      await writeFile(join(to, 'cgroup.procs'), pid)
    } catch (error) {
      if (codeOf(error) !== 'ESRCH') throw error
    }
  }
}

async function prepare(place: CgroupPlace): Promise<void> {
  if (place.prepare === 'nothing') return
  if (place.prepare === 'leave') {
    const leaf = join(place.memory, 'manyhands')
    await mkdir(leaf, { recursive: true })
    await moveAll(place.memory, leaf)
  }
  await enable(place.memory, place.pids === undefined ? ['memory'] : controllers)
}

type Settings = readonly (readonly [file: string, value: number | 'max', optional?: boolean])[]

async function apply(directory: string, settings: Settings): Promise<void> {
  for (const [file, value, optional = false] of settings) {
    try {
      // Without O_CREAT: a setting that this kernel has not is no file to be made.
      await writeFile(join(directory, file), String(value), { flag: 'r+' })
    } catch (error) {
      if (!optional) throw error
    }
  }
}

function memorySettings(version: 1 | 2, bytes: number): Settings {
  if (version === 1) {
    return [
      ['memory.limit_in_bytes', bytes],
      ['memory.memsw.limit_in_bytes', bytes, true],
    ]
  }
  return [
    ['memory.max', bytes],
    ['memory.swap.max', 0, true],
    ['memory.oom.group', 1, true],
  ]
}

/** Makes a group of this process's own at the place, in which each sandbox gets one. */
export async function openCgroups(place: CgroupPlace): Promise<Cgroups> {
  await prepare(place)
  const { memory, pids, version } = place
  const parents = [...new Set([memory, ...(pids === undefined ? [] : [pids])])]
  for (const parent of parents) await sweep(parent)
  const own = (parent: string): string => join(parent, `${prefix}${process.pid}`)
  for (const parent of parents) await mkdir(own(parent), { recursive: true })
  if (version === 2) await enable(own(memory), pids === undefined ? ['memory'] : controllers)

  return {
    async create(name, { memoryBytes, processes }) {
      const directories = parents.map((parent) => join(own(parent), name))
      const memoryDirectory = join(own(memory), name)
      for (const directory of directories) await mkdir(directory)
      await apply(memoryDirectory, memorySettings(version, memoryBytes))
      if (pids !== undefined) await apply(join(own(pids), name), [['pids.max', processes]])
      return {
        doors: directories.map((directory) => join(directory, doorOf[version])),
        async ranOutOfMemory() {
          const file = version === 1 ? 'memory.oom_control' : 'memory.events'
          const text = await readFile(join(memoryDirectory, file), 'utf8')
          return Number(/^oom_kill (\d+)$/m.exec(text)?.[1] ?? 0) > 0
        },
        kill: () => killGroup(memoryDirectory),
        async remove() {
          for (const directory of directories) await removeGroup(directory)
        },
      }
    },
    async close() {
      for (const parent of parents) await removeTree(own(parent))
    },
  }
}
