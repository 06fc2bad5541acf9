/** A whole computer of separate processes over loopback, each of which can be killed and replaced. */
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { brokerEntry } from '@manyhands/evaluator'

import type { ClientOrder } from './client-program.ts'
import { createFamily } from './family.ts'
import { limits } from './limits.ts'
import { complaintsOf, type Part, startPart } from './part.ts'

const command = new URL('../../packages/cli/src/main.ts', import.meta.url)
const clientProgram = new URL('./client-program.ts', import.meta.url)
const sandboxes = 2

/** The parts that stay up while clients come and go. */
export type Daemon = 'scheduler' | 'worker' | 'evaluator'

export interface Scene {
  readonly directory: string
  /** Starts scheduler, evaluator and worker, and waits until each has shown a sign of life. */
  start(): Promise<void>
  readonly database: string
  daemon(name: Daemon): Part
  /** SIGKILL; resolves when the process is gone. */
  kill(victim: Part): Promise<void>
  /** Starts a part again where the killed one was: same port, same data, same socket. */
  restart(name: Daemon): Promise<void>
  client(order: Pick<ClientOrder, 'input' | 'job'>): Part
  /** Asks every part to leave, the scheduler last; rejects with what went wrong then. */
  leave(): Promise<void>
  /** Kills what is still there. Returns the names of processes that should not have been. */
  end(): Promise<string[]>
  /** Removes its files. */
  remove(): Promise<void>
  /** What each part said on standard error last. */
  complaints(): string
}

interface Ready {
  readonly url: string
  readonly keystores: { readonly id: string; readonly default: string }
}

function readyLine(line: unknown): Ready | undefined {
  const ready = line as Ready | undefined
  return typeof ready?.keystores === 'object' ? ready : undefined
}

function saying(line: unknown, message: string): true | undefined {
  return (line as { readonly message?: unknown } | undefined)?.message === message || undefined
}

export interface SceneOptions {
  /** `info` or more talkative. */
  readonly logLevel: string
}

/** Makes a folder for it; `start` starts it. */
export async function openScene({ logLevel }: SceneOptions): Promise<Scene> {
  const directory = await mkdtemp(join(tmpdir(), 'manyhands-chaos-'))
  const data = join(directory, 'data')
  const socketFolder = join(directory, 'evaluator')
  const socket = join(socketFolder, 'control.sock')
  const current = new Map<Daemon, Part>()
  const everyone: Part[] = []
  const family = createFamily(() => everyone.map(({ pid }) => pid))
  let port = '0'
  let ready: Ready | undefined

  function start(name: string, entry: URL, args: readonly string[]): Part {
    const part = startPart({ name, entry, args, log: join(directory, `${name}.log`) })
    everyone.push(part)
    family.look()
    return part
  }

  const starts: Readonly<Record<Daemon, () => Promise<Part>>> = {
    async scheduler() {
      const part = start('scheduler', command, [
        'scheduler',
        '--json',
        `--port=${port}`,
        `--data=${data}`,
        `--log-level=${logLevel}`,
      ])
      ready = await part.line('its location', limits.startMs, readyLine)
      port = new URL(ready.url).port
      return part
    },
    async evaluator() {
      const part = start('evaluator', brokerEntry, ['--folder', socketFolder, '--lifeline'])
      await part.line('its socket', limits.startMs, (line) => (line === undefined ? line : true))
      return part
    },
    async worker() {
      const part = start('worker', command, [
        'worker',
        '--lifeline',
        `--scheduler=${ready?.url ?? ''}`,
        `--sandboxes=${sandboxes}`,
        `--evaluator=${socket}`,
        `--data=${join(directory, 'worker')}`,
        `--log-level=${logLevel}`,
      ])
      await part.line('that it works', limits.startMs, (line) => saying(line, 'worker started'))
      return part
    },
  }

  async function restart(name: Daemon): Promise<void> {
    current.set(name, await starts[name]())
  }

  function daemon(name: Daemon): Part {
    const part = current.get(name)
    if (part === undefined) throw new Error(`the ${name} was not started`)
    return part
  }

  async function end(): Promise<string[]> {
    family.look()
    for (const part of everyone) if (!part.ended) await part.kill()
    return family.sweep()
  }

  const remove = (): Promise<void> => rm(directory, { recursive: true, force: true })

  const scene: Scene = {
    directory,
    async start() {
      await mkdir(socketFolder, { mode: 0o700 })
      await Promise.all([restart('scheduler'), restart('evaluator')])
      await restart('worker')
    },
    database: join(data, 'scheduler.sqlite'),
    daemon,
    restart,
    client(order) {
      const { url: scheduler = '', keystores } = ready ?? {}
      const keys = { identity: keystores?.id ?? '', paymentAccount: keystores?.default ?? '' }
      return start('client', clientProgram, [JSON.stringify({ scheduler, ...keys, ...order })])
    },
    async kill(victim) {
      // What it has started can be told from others only as long as it lives.
      family.look()
      await victim.kill()
    },
    async leave() {
      family.look()
      for (const name of ['worker', 'evaluator', 'scheduler'] as const) await daemon(name).stop()
    },
    end,
    remove,
    complaints: () => complaintsOf(everyone),
  }
  return scene
}
