/** Keeps the parts of a soak up: kills and starts again, and starts what has left by itself. */
import { complaintsOf } from '../chaos/part.ts'
import type { Part } from '../chaos/part.ts'
import { pause } from '../chaos/wait.ts'
import type { Member } from './cast.ts'
import { limits } from './limits.ts'
import type { Target } from './plan.ts'

export interface Troupe {
  /** Starts members, a few at a time. */
  enter(members: readonly Member[]): Promise<void>
  /** SIGKILL to the `which`-th of those that are there, and a new one in its place. */
  replace(target: Target, which: number, absenceMs: number): Promise<string | undefined>
  /** Starts again what is not there any more; the names. */
  revive(): Promise<readonly string[]>
  /** Asks everybody to leave, those that entered last first; what went wrong. */
  leave(): Promise<readonly string[]>
  /** Kills whoever is still there. */
  end(): Promise<void>
  /** The numbers of all processes that were ever started. */
  readonly pids: readonly number[]
  complaints(): string
}

interface Role {
  readonly member: Member
  part: Part | undefined
  revivals: number
}

/** @param beforeKill what it has started can be told from others only as long as it lives */
export function createTroupe(beforeKill: () => void): Troupe {
  const roles: Role[] = []
  const everyone: Part[] = []

  /** A part that starts while the scheduler is away may leave at once: it is started again. */
  async function start(role: Role): Promise<void> {
    role.part = undefined
    for (;;) {
      let begun: Part | undefined
      try {
        role.part = await role.member.start((part) => {
          begun = part
          everyone.push(part)
        })
        return
      } catch (error) {
        await begun?.kill()
        role.revivals += 1
        if (role.revivals > limits.revivalsMax) throw error
        await pause(limits.lookMs)
      }
    }
  }

  async function enterSome(rest: Role[]): Promise<void> {
    for (let role = rest.shift(); role !== undefined; role = rest.shift()) await start(role)
  }

  return {
    async enter(members) {
      const entering = members.map((member) => ({ member, part: undefined, revivals: 0 }))
      roles.push(...entering)
      const rest = [...entering]
      await Promise.all(Array.from({ length: limits.startsAtOnce }, () => enterSome(rest)))
    },
    async replace(target, which, absenceMs) {
      const there = roles.filter(
        ({ member, part }) => member.target === target && part !== undefined,
      )
      const role = there[which % Math.max(1, there.length)]
      const part = role?.part
      if (role === undefined || part === undefined) return undefined
      role.part = undefined
      beforeKill()
      await part.kill()
      await pause(absenceMs)
      await start(role)
      return role.member.name
    },
    async revive() {
      const lost = roles.filter(({ part }) => part?.ended === true)
      for (const role of lost) {
        role.revivals += 1
        const { name } = role.member
        if (role.revivals > limits.revivalsMax)
          throw new Error(`the ${name} leaves again and again`)
        await start(role)
      }
      return lost.map(({ member }) => member.name)
    },
    async leave() {
      const wrong: string[] = []
      // The scheduler entered first and leaves last.
      for (const { member, part } of roles.toReversed()) {
        if (part === undefined || part.ended) continue
        beforeKill()
        const isOurs = member.target !== 'official worker'
        await (isOurs ? part.stop() : part.kill()).catch((error: unknown) =>
          wrong.push(String(error)),
        )
      }
      return wrong
    },
    async end() {
      beforeKill()
      for (const part of everyone) if (!part.ended) await part.kill()
    },
    get pids() {
      return everyone.map(({ pid }) => pid)
    },
    complaints: () => complaintsOf(everyone),
  }
}
