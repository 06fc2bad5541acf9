/** The processes of this machine by their session, from /proc; elsewhere none is known. */
import { readFileSync, readdirSync } from 'node:fs'

import { limits } from './limits.ts'
import { eventually } from './wait.ts'

interface Member {
  readonly pid: number
  readonly command: string
}

/** `pid (command) state parent group session …`; the command may hold anything. */
function readMember(pid: number, sessions: ReadonlySet<number>): Member | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const [state, , , session] = text.slice(text.lastIndexOf(')') + 2).split(' ')
    if (state === 'Z' || !sessions.has(Number(session))) return undefined
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
    return { pid, command: command.slice(0, 120) }
  } catch {
    // It has just ended.
    return undefined
  }
}

function membersOf(sessions: ReadonlySet<number>): Member[] {
  if (process.platform !== 'linux') return []
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => readMember(Number(name), sessions) ?? [])
}

/** Waits until nothing of the sessions is left. What is still there is killed and named. */
export async function sweepSessions(sessions: ReadonlySet<number>): Promise<string[]> {
  await eventually(limits.leftoverMs, () => membersOf(sessions).length === 0)
  const left = membersOf(sessions)
  for (const { pid } of left) process.kill(pid, 'SIGKILL')
  return left.map(({ pid, command }) => `${pid} ${command}`)
}
