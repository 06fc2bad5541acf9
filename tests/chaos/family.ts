/**
 * The processes of the parts and everything they started, from /proc; elsewhere none is known. A
 * sandbox leaves its parent's session, and an orphan has another parent: who belongs to whom must be
 * looked at while all live.
 */
import { readFileSync, readdirSync } from 'node:fs'

import { limits } from './limits.ts'
import { eventually } from './wait.ts'

export interface Family {
  /** Takes in what the members have started by now. */
  look(): void
  /** Waits until no member is left. What is still there is killed and named. */
  sweep(): Promise<string[]>
}

interface Running {
  readonly pid: number
  readonly parent: number
  readonly session: number
  /** With the number, what tells it from a later process of the same number. */
  readonly started: string
}

/** `pid (command) state parent group session …`, started as the 22nd; the command may hold anything. */
function readProcess(pid: number): Running | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    const [state, parent, , session] = fields
    if (state === 'Z') return undefined
    return { pid, parent: Number(parent), session: Number(session), started: fields[19] ?? '' }
  } catch {
    // It has just ended.
    return undefined
  }
}

function readProcesses(): Running[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readProcess(Number(name)) ?? [])
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1').replaceAll('\0', ' ').slice(0, 120)
  } catch {
    return 'which has just ended'
  }
}

/** @param founders the processes that were started here, each in a session of its own */
export function createFamily(founders: () => readonly number[]): Family {
  const members = new Map<number, Running>()

  function look(): void {
    const processes = readProcesses()
    const started = new Map(processes.map((one) => [one.pid, one.started]))
    // Numbers come again: a process that is another one by now leads somebody else's session.
    const isSame = ({ pid, started: then }: Running): boolean => started.get(pid) === then
    const sessions = new Set(
      founders().filter((pid) => {
        const founder = members.get(pid)
        return founder === undefined || isSame(founder)
      }),
    )
    let size = -1
    // Until no generation adds to it.
    while (members.size > size) {
      size = members.size
      for (const one of processes) {
        const parent = members.get(one.parent)
        const isChild = parent !== undefined && isSame(parent)
        if (isChild || sessions.has(one.session)) members.set(one.pid, one)
      }
    }
  }

  function left(): number[] {
    return [...members.values()]
      .filter(({ pid, started }) => readProcess(pid)?.started === started)
      .map(({ pid }) => pid)
  }

  return {
    look,
    async sweep() {
      look()
      await eventually(limits.leftoverMs, () => left().length === 0)
      const names = left().map((pid) => `${pid} ${commandOf(pid)}`)
      for (const pid of left()) process.kill(pid, 'SIGKILL')
      return names
    },
  }
}
