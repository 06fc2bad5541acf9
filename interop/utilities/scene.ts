// What the rows about the command line utilities work with: a computer, a home directory of its
// owner and one of a stranger, and the utilities as a user runs them.
import { strict as assert } from 'node:assert'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import type { RunningComputer } from '../../scripts/start-computer.ts'
import { environmentOf } from '../program-environment.ts'

export interface Ran {
  readonly status: number | null
  /** Standard output. */
  readonly printed: string
  /** Standard error, where the utilities draw their spinner. */
  readonly complaints: string
}

export interface DeployedJob {
  readonly id: string
  readonly address: string
}

export interface Scene {
  /** A folder for files, removed afterwards. */
  readonly directory: string
  /** Home directories: `owner` deploys, `stranger` has an identity of its own. */
  readonly homes: { readonly owner: string; readonly stranger: string }
  /** Runs a utility: its name, then its arguments. */
  run(command: readonly string[], options?: RunOptions): Promise<Ran>
  /** Runs it, wants it to succeed, and reads what it printed as JSON. */
  json(command: readonly string[], options?: RunOptions): Promise<unknown>
  /** A job of three slices; those that wait ask for a worker that there is not. */
  deploy(order?: Order, options?: RunOptions): Promise<DeployedJob>
  /** A job that is finished, the same for all who only look at it. */
  finished(): Promise<DeployedJob>
  /** The code with which a job is refused. */
  refusal(order: Order, options?: RunOptions): Promise<unknown>
}

export interface RunOptions {
  /** The owner's, unless it says otherwise. */
  readonly home?: string
  /** Sent once it has printed this. */
  readonly interruptAfter?: string
}

interface Order {
  readonly waits?: boolean
  readonly group?: Readonly<Record<string, string>>
}

const limitMs = 60_000
const folder = new URL('../util-2.3.14/', import.meta.url)
const bin = fileURLToPath(new URL('node_modules/dcp-util/bin/', folder))
const deployer = fileURLToPath(new URL('programs/deploy.cjs', folder))

export async function createScene(computer: RunningComputer): Promise<Scene> {
  const directory = join(computer.home, 'files')
  const homes = { owner: computer.home, stranger: join(computer.home, 'stranger') }

  async function start(args: readonly string[], options: RunOptions = {}): Promise<Ran> {
    const { home = homes.owner, interruptAfter } = options
    const env = { ...environmentOf(computer), HOME: home }
    const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let printed = ''
    let complaints = ''
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString()
      if (interruptAfter !== undefined && printed.includes(interruptAfter)) child.kill('SIGINT')
    })
    child.stderr.on('data', (chunk: Buffer) => (complaints += chunk.toString()))
    const late = setTimeout(() => child.kill('SIGKILL'), limitMs)
    const [status] = (await once(child, 'close')) as [number | null]
    clearTimeout(late)
    return { status, printed, complaints }
  }

  async function jsonOf(args: readonly string[], options?: RunOptions): Promise<unknown> {
    const ran = await start(args, options)
    assert.equal(ran.status, 0, ran.complaints)
    return JSON.parse(ran.printed)
  }

  const run: Scene['run'] = ([name = '', ...args], options) =>
    start([join(bin, name), ...args], options)
  const deployed = (order: Order, options?: RunOptions): Promise<unknown> =>
    jsonOf([deployer, JSON.stringify(order)], options)

  async function deploy(order: Order = {}, options?: RunOptions): Promise<DeployedJob> {
    const job = (await deployed(order, options)) as DeployedJob
    assert.match(job.address ?? '', /^0x/, JSON.stringify(job))
    return job
  }
  let looked: Promise<DeployedJob> | undefined

  await mkdir(directory, { recursive: true })
  const keys = join(homes.stranger, '.dcp')
  await mkdir(keys, { recursive: true, mode: 0o700 })
  for (const label of ['id', 'default']) {
    // oxlint-disable-next-line no-await-in-loop -- the machine is small
    const { status } = await run(['mkad', 'new', label, '-p', '', '-d', keys])
    assert.equal(status, 0)
  }
  return {
    directory,
    homes,
    run,
    json: ([name = '', ...args], options) => jsonOf([join(bin, name), ...args], options),
    deploy,
    finished: () => (looked ??= deploy()),
    async refusal(order, options) {
      return ((await deployed({ waits: true, ...order }, options)) as { code?: unknown }).code
    },
  }
}
