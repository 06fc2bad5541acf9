// One seed: a world, a few jobs, accidents all along, and then the laws.
import { type Logger, seededRandom } from '@manyhands/protocol'
import type { Crypto } from '@manyhands/wallet'

import { brokenLaws, type DeliveredJob } from './laws.ts'
import { createWorld, type SimulatedClient, type World } from './world.ts'

/** Accidents happen for this long, then the weather clears and everything must end well. */
const roughMs = 60_000
/** What is left must be done in this time after the last accident: leases of the dead run out first. */
const calmMs = 2 * 3_600_000

const proof = (x: number): number => (x * 7919 + 13) % 104_729

export interface SeedReport {
  readonly seed: string
  readonly broken: readonly string[]
  readonly jobs: number
  readonly slices: number
  readonly deaths: World['deaths']
  readonly weather: World['weather']['counts']
  readonly virtualMs: number
}

interface RunningJob {
  readonly first: number
  readonly last: number
  readonly byValue: boolean
  id: string | undefined
  values: readonly unknown[] | undefined
  deliveries: number
  trouble: unknown
}

/** Deploys and follows one job; after the client's death another one takes the job up by its id. */
function follow(client: SimulatedClient, job: RunningJob, alive: () => boolean): void {
  const count = job.last - job.first + 1
  const values = Array.from({ length: count }, (_, index) => job.first + index)
  const { compute } = client.client
  const begin = async (): Promise<void> => {
    const handle =
      job.id === undefined
        ? job.byValue
          ? compute.for(values, proof)
          : compute.for(job.first, job.last, proof)
        : compute.resume(job.id)
    handle.on('accepted', () => {
      if (alive()) job.id = handle.id
    })
    handle.on('result', () => {
      if (alive()) job.deliveries += 1
    })
    const results = await handle.exec()
    if (alive()) job.values = [...results] as unknown[]
  }
  begin().catch((error: unknown) => {
    if (alive()) job.trouble = error
  })
}

/** Lets accidents happen at random times until the clock says enough. */
function scheduleAccidents(world: World, workers: number, killClient: () => void): void {
  const { clock, random } = world
  const happen = (): void => {
    const chance = random.float()
    const number = Math.floor(random.float() * workers)
    if (chance < 0.25) world.killScheduler()
    else if (chance < 0.7) world.killWorker(number)
    else if (chance < 0.8) killClient()
    if (clock.monotonic() < roughMs) clock.setTimer(random.float() * 8_000, happen)
  }
  clock.setTimer(random.float() * 8_000, happen)
}

/** What a process manager does: starts again what is dead, a little later. */
function keepAlive(world: World, workers: number): void {
  const { clock, random } = world
  const look = (): void => {
    world.startScheduler().catch((error: unknown) => world.report(error))
    for (let number = 0; number < workers; number++) {
      world.startWorker(number).catch((error: unknown) => world.report(error))
    }
    clock.setTimer(500 + random.float() * 1_500, look)
  }
  look()
}

export async function runSeed(
  seed: string,
  tools: { readonly crypto: Crypto; readonly logger: Logger },
): Promise<SeedReport> {
  const choice = seededRandom(`plan ${seed}`)
  const workers = 1 + Math.floor(choice.float() * 4)
  await using world = await createWorld(
    seed,
    {
      writeDeath: choice.float() ** 3 * 0.01,
      sandboxDeath: choice.float() ** 3 * 0.02,
      sliceMs: choice.float() < 0.3 ? 2_000 : 20 + choice.float() * 200,
    },
    tools,
  )
  const jobs: RunningJob[] = Array.from({ length: 1 + Math.floor(choice.float() * 3) }, () => {
    const first = Math.floor(choice.float() * 1_000)
    return {
      first,
      last: first + Math.floor(choice.float() * 120),
      byValue: choice.float() < 0.4,
      id: undefined,
      values: undefined,
      deliveries: 0,
      trouble: undefined,
    }
  })

  let generation = 0
  function openClient(): SimulatedClient {
    const mine = (generation += 1)
    const opened = world.openClient(0)
    for (const job of jobs) {
      if (job.values === undefined) follow(opened, job, () => mine === generation)
    }
    return opened
  }

  keepAlive(world, workers)
  await world.clock.run(() => world.schedulerAlive, calmMs)
  let client = openClient()
  scheduleAccidents(world, workers, () => {
    // By-value data that was not taken over dies with its client, as it should: only then is it missed.
    if (jobs.some(({ id }) => id === undefined)) return
    client.kill()
    client = openClient()
  })
  world.clock.setTimer(roughMs, () => world.calm())

  const done = (): boolean =>
    world.clock.monotonic() > roughMs &&
    jobs.every(({ values, trouble }) => values !== undefined || trouble !== undefined)
  const broken: string[] = []
  try {
    await world.clock.run(done, roughMs + calmMs)
  } catch (error) {
    broken.push(`never ends: ${(error as Error).message}`)
  }
  const delivered: DeliveredJob[] = jobs.map((job) => ({
    id: job.id,
    expected: Array.from({ length: job.last - job.first + 1 }, (_, at) => proof(job.first + at)),
    values: job.values,
    trouble: job.trouble,
  }))
  broken.push(...brokenLaws(world.database, delivered), ...world.reports)
  return {
    seed,
    broken,
    jobs: jobs.length,
    slices: delivered.reduce((sum, { expected }) => sum + expected.length, 0),
    deaths: world.deaths,
    weather: world.weather.counts,
    virtualMs: world.clock.monotonic(),
  }
}
