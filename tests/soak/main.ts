/**
 * `npm run soak`: official programs of both dialects and ours on one scheduler, for ten minutes, while
 * parts are killed and connections are cut; every job must end, and right. `--short` is one minute.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'

import { createFamily } from '../chaos/family.ts'
import type { Part } from '../chaos/part.ts'
import { pause, within } from '../chaos/wait.ts'
import { type Cast, createCast } from './cast.ts'
import { checkDatabase } from './check-database.ts'
import { type ClientLine, installClients, startClient } from './clients.ts'
import { limits } from './limits.ts'
import { type Disturbance, fullScale, type Plan, planOf, type Scale, shortScale } from './plan.ts'
import { createTroupe, type Troupe } from './troupe.ts'

interface Options {
  readonly scale: Scale
  readonly seed: number
  readonly keep: boolean
}

interface Tally {
  readonly kills: string[]
  readonly revivals: string[]
  cuts: number
}

const began = performance.now()

function tell(text: string): void {
  console.log(`${((performance.now() - began) / 1000).toFixed(0).padStart(4)} s  ${text}`)
}

async function disturb(
  one: Disturbance,
  { troupe, cast, tally }: { troupe: Troupe; cast: Cast; tally: Tally },
): Promise<void> {
  if (one.kill === undefined) {
    if (cast.proxy.cut(one.place)) tally.cuts += 1
    return
  }
  const { target, which, absenceMs } = one.kill
  const name = await troupe.replace(target, which, absenceMs)
  if (name === undefined) return
  tally.kills.push(name)
  tell(`killed and started again: ${name}`)
}

/** Everything of the plan at its time; resolves when the last has happened. */
async function disturbAll(plan: Plan, stage: Parameters<typeof disturb>[1]): Promise<void> {
  const start = performance.now()
  const running: Promise<void>[] = []
  let calm = false
  async function watch(): Promise<void> {
    while (!calm) {
      await pause(limits.lookMs)
      for (const name of await stage.troupe.revive()) {
        stage.tally.revivals.push(name)
        tell(`had left by itself and was started again: ${name}`)
      }
    }
  }
  const watching = watch()
  watching.catch(() => undefined)
  for (const one of plan.disturbances) {
    await pause(Math.max(0, start + one.atMs - performance.now()))
    const happening = disturb(one, stage)
    // Whatever fails is told when all are waited for.
    happening.catch(() => undefined)
    running.push(happening)
  }
  await Promise.all(running)
  calm = true
  await watching
}

/** Tells what a client says of its jobs; the lines that are verdicts. */
async function follow(client: Part, ms: number): Promise<ClientLine[]> {
  await client.left(ms).catch((error: unknown) => tell(String(error)))
  const lines = client.lines.filter((line) => line !== undefined) as ClientLine[]
  if (client.complaints().includes('UnhandledPromiseRejection')) {
    tell(`${client.name} has outlived promises that its package let go`)
  }
  return lines.filter(({ ok }) => ok !== undefined)
}

interface Outcome {
  readonly passed: number
  readonly wrong: string[]
}

async function play(
  directory: string,
  { scale, seed }: Options,
  { troupe, clients }: { readonly troupe: Troupe; readonly clients: Part[] },
): Promise<Outcome> {
  const plan = planOf(seed, scale)
  installClients()
  const cast = await createCast(directory, scale)
  const tally: Tally = { kills: [], revivals: [], cuts: 0 }
  const wrong: string[] = []
  let passed = 0
  try {
    await troupe.enter([cast.scheduler])
    for (const row of cast.rows) await troupe.enter(row)
    tell(`${cast.rows.flat().length + 1} parts are up; ${scale.clients} clients begin`)
    const started = plan.jobs.map((jobs, n) =>
      startClient(n, {
        directory,
        home: cast.home(`client ${n + 1}`),
        scheduler: cast.location,
        jobs,
      }),
    )
    clients.push(...started)
    const endMs = scale.durationMs + limits.endMs
    const followed = started.map(async (client, n) => {
      const verdicts = await follow(client, endMs)
      const right = verdicts.filter(({ ok }) => ok === true).length
      passed += right
      const bad = verdicts.filter(({ ok }) => ok !== true)
      wrong.push(
        ...bad.map(({ kind, job, wrong: what }) => `${client.name}: ${kind} ${job}: ${what}`),
      )
      const missing = (plan.jobs[n]?.length ?? 0) - right - bad.length
      if (missing > 0)
        wrong.push(`${client.name}: ${missing} jobs did not end\n${client.complaints()}`)
      tell(`${client.name}: ${right} of ${plan.jobs[n]?.length} jobs are right`)
    })
    const disturbed = disturbAll(plan, { troupe, cast, tally })
    await within(endMs + limits.stopMs, 'the soak', Promise.all([disturbed, ...followed]))
    wrong.push(...(await troupe.leave()))
    const jobs = plan.jobs.flat()
    const slices = jobs.reduce((sum, job) => sum + job.slices, 0)
    wrong.push(...(await checkDatabase(cast.database, jobs.length, slices)))
    if (tally.kills.length < scale.killsMin) wrong.push('too few parts were killed')
    if (tally.cuts < scale.cutsMin) wrong.push('too few connections were cut')
    tell(`${tally.kills.length} parts were killed, ${tally.cuts} connections were cut`)
    tell(`${tally.revivals.length} parts had left by themselves`)
  } catch (error) {
    wrong.push(String(error))
  } finally {
    await cast.proxy.close()
  }
  return { passed, wrong }
}

async function main(options: Options): Promise<number> {
  const directory = await mkdtemp(join(tmpdir(), 'manyhands-soak-'))
  const clients: Part[] = []
  const family = createFamily(() => [...troupe.pids, ...clients.map(({ pid }) => pid)])
  const troupe = createTroupe(() => family.look())
  const { passed, wrong } = await play(directory, options, { troupe, clients })
  await troupe.end()
  for (const client of clients) if (!client.ended) await client.kill()
  for (const name of await family.sweep()) wrong.push(`a process was left behind: ${name}`)
  for (const line of wrong) console.log(`FAILED  ${line}`)
  if (wrong.length > 0) console.log(troupe.complaints().replaceAll(/^/gm, '    | '))
  if (options.keep) console.log(`kept in ${directory}`)
  else await rm(directory, { recursive: true, force: true })
  console.log(`${passed} passed, ${wrong.length} failed`)
  return wrong.length === 0 ? 0 : 1
}

const { values } = parseArgs({
  options: {
    short: { type: 'boolean', default: false },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
  },
})
process.exitCode = await main({
  scale: values.short ? shortScale : fullScale,
  seed: Number(values.seed),
  keep: values.keep,
})
