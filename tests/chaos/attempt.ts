/** One job with one kill: a new computer, a job, a kill at the given moment, a restart, the checks. */
import { checkClient, checkDatabase } from './checks.ts'
import type { ClientLine } from './client-program.ts'
import { limits } from './limits.ts'
import type { Part } from './part.ts'
import { type Scene, openScene } from './scene.ts'
import { type Moment, type Target, inputOf } from './targets.ts'
import { pause } from './wait.ts'

export interface AttemptOptions {
  readonly moment: Moment
  readonly logLevel: string
  /** Keeps the directory with data and logs. */
  readonly keep: boolean
  /** Every scene that is open; whoever interrupts this program ends them. */
  readonly scenes: Set<Scene>
}

export interface Verdict {
  /** Empty when everything is as it must be. */
  readonly wrong: readonly string[]
  /** From deploying to done. */
  readonly jobMs: number
  /** Results the client had when the kill came. */
  readonly resultsBefore: number
  /** The job had ended before the kill came. */
  readonly late: boolean
  readonly complaints: string
  /** Where the parts' files are, when they are kept. */
  readonly directory?: string
}

interface Story {
  client: Part
  job: string | undefined
  readonly deployedAt: number
  endedAt: number
  resultsBefore: number
  late: boolean
}

const linesOf = (client: Part): ClientLine[] =>
  client.lines.filter((line) => line !== undefined) as ClientLine[]

function pick<Name extends string>(name: Name) {
  return (line: unknown): unknown => (line as Record<Name, unknown> | undefined)?.[name]
}

async function startClient(scene: Scene, target: Target, job?: string): Promise<[Part, string]> {
  const client = scene.client({ input: inputOf(target), ...(job === undefined ? {} : { job }) })
  return [client, String(await client.line('its job', limits.startMs, pick('deploying')))]
}

async function strike(scene: Scene, story: Story, moment: Moment): Promise<void> {
  const { target } = moment
  // Values count as deployed once the scheduler has accepted them all.
  if (target === 'client-by-value')
    await story.client.line('that it is accepted', limits.jobMs, pick('accepted'))
  if (moment.results > 0) {
    let told = 0
    const isEnough = (line: unknown): true | undefined => {
      if (pick('result')(line) !== undefined) told += 1
      return told >= moment.results || undefined
    }
    await story.client.line(`${moment.results} results`, limits.jobMs, isEnough)
  }
  await pause(moment.delayMs)
  const ofClient = target === 'client' || target === 'client-by-value'
  const victim = ofClient ? story.client : scene.daemon(target)
  await scene.kill(victim)
  const lines = linesOf(story.client)
  story.resultsBefore = lines.filter((line) => 'result' in line).length
  story.late = lines.some((line) => 'done' in line)
  await pause(moment.absenceMs)
  if (!ofClient) await scene.restart(target)
  else [story.client] = await startClient(scene, target, story.job)
}

/** A client killed while it deployed may find no such job: then there is none at all. */
function neverDeployed(story: Story, moment: Moment): boolean {
  if (moment.target !== 'client' || story.resultsBefore > 0) return false
  return linesOf(story.client).some((line) => 'failed' in line && line.failed.code === 'ENOENT')
}

async function play(scene: Scene, story: Story, moment: Moment): Promise<string[]> {
  await strike(scene, story, moment)
  const { client } = story
  await client.line(
    'how it ended',
    limits.jobMs,
    (line) => pick('done')(line) ?? pick('failed')(line),
  )
  story.endedAt = performance.now()
  const absent = neverDeployed(story, moment)
  const failure = linesOf(client).find((line) => 'failed' in line)
  if (!absent) {
    if (failure !== undefined) return [`the client failed: ${failure.failed.message}`]
    await client.left(limits.stopMs)
  }
  await scene.leave()
  if (absent) return checkDatabase(scene.database, undefined)
  return [
    ...checkClient(linesOf(client), inputOf(moment.target)),
    ...(await checkDatabase(scene.database, story.job)),
  ]
}

export async function attempt(options: AttemptOptions): Promise<Verdict> {
  const { moment } = options
  const scene = await openScene(options)
  options.scenes.add(scene)
  const wrong: string[] = []
  let story: Story | undefined
  try {
    await scene.start()
    const [client, job] = await startClient(scene, moment.target)
    const deployedAt = performance.now()
    story = { client, job, deployedAt, endedAt: deployedAt, resultsBefore: 0, late: false }
    wrong.push(...(await play(scene, story, moment)))
  } catch (error) {
    wrong.push(error instanceof Error ? error.message : String(error))
  } finally {
    const left = await scene.end()
    wrong.push(...left.map((name) => `a process was left behind: ${name}`))
    if (!options.keep) await scene.remove()
    options.scenes.delete(scene)
  }
  return {
    wrong,
    jobMs: story === undefined ? 0 : story.endedAt - story.deployedAt,
    resultsBefore: story?.resultsBefore ?? 0,
    late: story?.late ?? false,
    complaints: scene.complaints(),
    ...(options.keep ? { directory: scene.directory } : {}),
  }
}
