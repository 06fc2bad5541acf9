// Starts and kills sandboxes, many thousands of them, in every way in which one can end, and looks for
// what stays behind: processes, descriptors, groups, files. `soak.ts [COUNT]` runs it as a program.
import { existsSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { type Logger, silentLogger } from '@manyhands/protocol'
import type { Sandbox, SandboxHost } from '@manyhands/sandbox'
import { createEvaluatorHost } from '@manyhands/sandbox/node'

export interface SoakReport {
  readonly count: number
  readonly jail: string
  readonly seconds: number
  /** What stayed behind, in words; empty when nothing did. */
  readonly leaks: readonly string[]
}

const lanes = 4
const spares = 2
const settleMs = 10_000
const shortCount = 200

/** How a sandbox ends, by turns. */
type Ending = (sandbox: Sandbox) => Promise<void>

const public_ = { name: '', description: '', link: '' }
const worktime = { name: 'map-basic', version: '1.0.0' }
const ignore = {
  results: () => undefined,
  progress: () => undefined,
  console: () => undefined,
  emit: () => undefined,
}

async function assign(sandbox: Sandbox, workFunction: string): Promise<void> {
  await sandbox.assign({ workFunction, arguments: [], useStrict: false, worktime, public: public_ })
}

async function run(sandbox: Sandbox, workFunction: string): Promise<string> {
  await assign(sandbox, workFunction)
  const { kind } = await sandbox.run({ slices: [1], values: ['1'] }, ignore)
  return kind
}

async function expectEnd(kind: string, ended: Promise<string>): Promise<void> {
  const found = await ended
  if (found !== kind) throw new Error(`a batch ended as ${found}, not as ${kind}`)
}

const endings: readonly Ending[] = [
  (sandbox) => sandbox.kill(),
  async (sandbox) => {
    await assign(sandbox, '(x) => x')
    await sandbox.kill()
  },
  async (sandbox) => {
    await expectEnd('done', run(sandbox, '(x) => x'))
    await sandbox.kill()
  },
  async (sandbox) => {
    let told: () => void = () => undefined
    const spinning = new Promise<void>((resolve) => {
      told = resolve
    })
    await assign(sandbox, '() => { progress(); for (;;); }')
    const running = sandbox.run(
      { slices: [1], values: ['1'] },
      { ...ignore, progress: () => told() },
    )
    await spinning
    await Promise.all([
      sandbox.kill(),
      expectEnd(
        'died',
        running.then(({ kind }) => kind),
      ),
    ])
  },
  async (sandbox) => {
    await expectEnd('rejected', run(sandbox, "() => work.reject('no', 1)"))
    await sandbox.kill()
  },
]

/** What the evaluator complains about is the first thing to know when something stays behind. */
const complaints: Logger = {
  ...silentLogger,
  warn: (message, fields) => process.stderr.write(`${message} ${JSON.stringify(fields)}\n`),
}

interface Census {
  readonly processes: readonly number[]
  readonly descriptors: number
  readonly groups: readonly string[]
  readonly files: readonly string[]
}

function childrenOf(pid: number): readonly number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
      const [, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return Number(parent) === pid ? [Number(name)] : []
    } catch {
      // It ended while we looked.
      return []
    }
  })
}

/** All descendants: sandboxes and the bubblewraps around them. */
function processesOf(evaluator: number): readonly number[] {
  const found = [...childrenOf(evaluator)]
  for (const pid of found) found.push(...childrenOf(pid))
  return found
}

/** Directories of groups that carry the evaluator's process id, with those in them. */
function groupsOf(evaluator: number): readonly string[] {
  const mounts = readFileSync('/proc/self/mountinfo', 'utf8').matchAll(
    /^\S+ \S+ \S+ \S+ (\S+) .* - cgroup2? /gm,
  )
  const name = `manyhands-${evaluator}`
  const search = (directory: string): string[] => {
    try {
      return readdirSync(directory, { withFileTypes: true })
        .filter((entry) => entry.isDirectory())
        .flatMap((entry) => {
          const path = join(directory, entry.name)
          if (entry.name !== name) return search(path)
          return readdirSync(path, { withFileTypes: true })
            .filter((one) => one.isDirectory())
            .map((one) => join(path, one.name))
        })
    } catch {
      // A group that vanished while we looked.
      return []
    }
  }
  return [...mounts].flatMap(([, point = '']) => search(point))
}

function folderOf(evaluator: number): string {
  const words = readFileSync(`/proc/${evaluator}/cmdline`, 'latin1').split('\0')
  return words[words.indexOf('--folder') + 1] ?? ''
}

function filesIn(folder: string): readonly string[] {
  return existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : []
}

function census(evaluator: number, folder: string): Census {
  return {
    processes: processesOf(evaluator),
    descriptors: readdirSync(`/proc/${evaluator}/fd`).length,
    groups: groupsOf(evaluator),
    files: filesIn(folder),
  }
}

function describeDescriptors(evaluator: number): string {
  const targets = readdirSync(`/proc/${evaluator}/fd`).map((name) => {
    try {
      return readlinkSync(`/proc/${evaluator}/fd/${name}`).replace(/\d+/g, 'N')
    } catch {
      return 'gone'
    }
  })
  return targets.toSorted().join(' ')
}

function more(what: string, before: readonly unknown[], after: readonly unknown[]): string[] {
  if (after.length <= before.length) return []
  return [`${after.length - before.length} ${what}: ${after.slice(0, 5).join(' ')}`]
}

function compare(evaluator: number, before: Census, after: Census): string[] {
  const descriptors = after.descriptors - before.descriptors
  return [
    ...more('processes', before.processes, after.processes),
    ...more('groups', before.groups, after.groups),
    ...more('files', before.files, after.files),
    ...(descriptors > 0 ? [`${descriptors} descriptors: ${describeDescriptors(evaluator)}`] : []),
  ]
}

/** Looks again and again until nothing is left over, or the time is up. */
async function settle(look: () => readonly string[]): Promise<readonly string[]> {
  const deadline = performance.now() + settleMs
  for (;;) {
    const leaks = look()
    if (leaks.length === 0 || performance.now() > deadline) return leaks
    await new Promise((resolve) => setTimeout(resolve, 100))
  }
}

async function startAndEnd(host: SandboxHost, count: number, onOne: () => void): Promise<void> {
  let next = 0
  async function lane(): Promise<void> {
    for (let turn = next++; turn < count; turn = next++) {
      const sandbox = await host.create()
      const end = endings[turn % endings.length]
      await end?.(sandbox)
      onOne()
    }
  }
  await Promise.all(Array.from({ length: lanes }, lane))
}

/** Starts and ends `count` sandboxes with the jail of this machine, where there is one. */
export async function soak(
  count: number,
  onOne: () => void = () => undefined,
): Promise<SoakReport> {
  const host = createEvaluatorHost({ spares, logger: complaints })
  const began = performance.now()
  const { jail } = await host.describe()
  const evaluator = host.pid
  if (evaluator === undefined) throw new Error('the evaluator has no process')
  const folder = folderOf(evaluator)
  // After the first ones everything that is kept is there: spares, their sockets, their groups.
  await startAndEnd(host, lanes * endings.length, () => undefined)
  await settle(() => (processesOf(evaluator).length === 0 ? ['no spare yet'] : []))
  const before = await quiet(evaluator, folder)
  await startAndEnd(host, count, onOne)
  const leaks = [...(await settle(() => compare(evaluator, before, census(evaluator, folder))))]
  await host.close()
  leaks.push(...(await settle(() => afterClose(evaluator, folder))))
  return { count, jail, seconds: (performance.now() - began) / 1000, leaks }
}

/** A census at a moment when nothing starts or ends: two in a row that agree. */
async function quiet(evaluator: number, folder: string): Promise<Census> {
  let last = census(evaluator, folder)
  await settle(() => {
    const next = census(evaluator, folder)
    const same = JSON.stringify(next) === JSON.stringify(last)
    last = next
    return same ? [] : ['not quiet']
  })
  return last
}

function afterClose(evaluator: number, folder: string): string[] {
  return [
    ...(existsSync(`/proc/${evaluator}`) ? ['the evaluator itself'] : []),
    ...more('groups after the end', [], groupsOf(evaluator)),
    ...(existsSync(folder)
      ? [`the folder ${folder} of ${statSync(folder).mtime.toISOString()}`]
      : []),
    ...more('processes of its group', [], membersOf(evaluator)),
  ]
}

/** Processes in the group that the evaluator began: whatever it started that did not leave it. */
function membersOf(group: number): readonly number[] {
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return []
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
      const [, , member] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
      return Number(member) === group ? [Number(name)] : []
    } catch {
      // It ended while we looked.
      return []
    }
  })
}

async function main(): Promise<void> {
  const count = Number(process.argv[2] ?? shortCount)
  let done = 0
  const report = await soak(count, () => {
    done += 1
    if (done % 1000 === 0) process.stderr.write(`${done} `)
  })
  const { jail, leaks, seconds } = report
  process.stdout.write(`soak: ${count} sandboxes, jail ${jail}, ${seconds.toFixed(1)} s\n`)
  for (const leak of leaks) process.stdout.write(`  left behind: ${leak}\n`)
  process.stdout.write(`${leaks.length === 0 ? 'nothing' : leaks.length} left behind\n`)
  process.exitCode = leaks.length === 0 ? 0 : 1
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main()
