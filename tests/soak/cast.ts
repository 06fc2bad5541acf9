/** The parts of a soak: one scheduler behind a network that fails, workers of ours and official ones. */
import { cpSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'

import { brokerEntry } from '@manyhands/evaluator'

import { dcpWorker, nodeWorker, type OfficialWorker } from '../../interop/official-workers.ts'
import { environmentOf } from '../../interop/program-environment.ts'
import { installFolder } from '../../scripts/install-folder.ts'
import { type Part, startPart } from '../chaos/part.ts'
import { type CuttingProxy, createCuttingProxy } from './cutting-proxy.ts'
import { limits } from './limits.ts'
import type { Scale, Target } from './plan.ts'

const command = new URL('../../packages/cli/src/main.ts', import.meta.url)

/** A part that can be started again where it was. */
export interface Member {
  readonly name: string
  readonly target: Target
  /** Tells of the process as soon as there is one, and resolves with it when it is up. */
  start(tell: (part: Part) => void): Promise<Part>
}

export interface Cast {
  readonly scheduler: Member
  /** In the order in which they start; those of a row at the same time. */
  readonly rows: readonly (readonly Member[])[]
  readonly proxy: CuttingProxy
  /** Where the scheduler is reached. */
  readonly location: string
  readonly database: string
  /** A new home directory with the keystores of the scheduler. */
  home(name: string): string
}

interface Ready {
  readonly url: string
  readonly keystores: { readonly id: string }
}

interface Listening {
  readonly listen: string
}

/** Workers of ours that share an evaluator. */
const workersPerEvaluator = 3

export async function createCast(directory: string, scale: Scale): Promise<Cast> {
  for (const { folder } of [dcpWorker, nodeWorker]) installFolder(folder)
  let port = 0
  let keystores = ''
  const proxy = await createCuttingProxy(() => port)
  const location = `http://127.0.0.1:${proxy.port}/`
  const data = join(directory, 'data')
  const part = (name: string, entry: URL, args: readonly string[]): Part =>
    startPart({ name, entry, args, log: join(directory, `${name.replaceAll(' ', '-')}.log`) })

  const scheduler: Member = {
    name: 'scheduler',
    target: 'scheduler',
    async start(tell) {
      const args = ['scheduler', '--json', `--port=${port}`, `--data=${data}`, '--log-level=info']
      const started = part('scheduler', command, args)
      tell(started)
      const ready = await started.line('its location', limits.startMs, (line) => {
        const one = line as Ready | undefined
        return typeof one?.keystores === 'object' ? one : undefined
      })
      port = Number(new URL(ready.url).port)
      keystores = dirname(ready.keystores.id)
      return started
    },
  }

  const folderOf = (name: string): string => join(directory, name.replaceAll(' ', '-'))

  function evaluator(n: number): Member {
    const name = `evaluator ${n}`
    return {
      name,
      target: 'evaluator',
      async start(tell) {
        mkdirSync(folderOf(name), { recursive: true, mode: 0o700 })
        const started = part(name, brokerEntry, ['--folder', folderOf(name), '--lifeline'])
        tell(started)
        await started.line('its socket', limits.startMs, (line) => line)
        return started
      },
    }
  }

  function worker(n: number): Member {
    const name = `worker ${n}`
    const socket = join(folderOf(`evaluator ${Math.ceil(n / workersPerEvaluator)}`), 'control.sock')
    return {
      name,
      target: 'worker',
      async start(tell) {
        const started = part(name, command, [
          ...['worker', '--lifeline', `--scheduler=${location}`, '--sandboxes=1'],
          ...[`--evaluator=${socket}`, `--data=${folderOf(name)}`, '--log-level=info'],
        ])
        tell(started)
        await started.line(
          'that it works',
          limits.startMs,
          (line) =>
            (line as { message?: unknown } | undefined)?.message === 'worker started' || undefined,
        )
        return started
      },
    }
  }

  /** Ports of the evaluators for official workers, by number; each keeps its own. */
  const linePorts = new Map<number, string>()

  function lineEvaluator(n: number): Member {
    const name = `line evaluator ${n}`
    return {
      name,
      target: 'line evaluator',
      async start(tell) {
        mkdirSync(folderOf(name), { recursive: true, mode: 0o700 })
        const address = `127.0.0.1:${linePorts.get(n) ?? '0'}`
        const started = part(name, brokerEntry, [
          ...['--folder', folderOf(name), '--listen', address],
          '--lifeline',
        ])
        tell(started)
        const { listen } = await started.line('its address', limits.startMs, (line) => {
          const one = line as Listening | undefined
          return typeof one?.listen === 'string' ? one : undefined
        })
        linePorts.set(n, listen.split(':').at(-1) ?? '')
        return started
      },
    }
  }

  function home(name: string): string {
    const folder = join(directory, `home-${name.replaceAll(' ', '-')}`)
    mkdirSync(folder, { recursive: true })
    cpSync(keystores, join(folder, '.dcp'), { recursive: true })
    return folder
  }

  function officialWorker(official: OfficialWorker, evaluatorNumber: number, n: number): Member {
    const name = `official worker ${n}`
    return {
      name: `${name} (${official.package})`,
      target: 'official worker',
      async start(tell) {
        const linePort = linePorts.get(evaluatorNumber) ?? ''
        const [entry = '', ...args] = official.command(linePort, {})
        const started = startPart({
          name,
          entry: pathToFileURL(entry),
          args,
          log: `${folderOf(name)}.log`,
          env: {
            ...environmentOf({ home: home(name), url: location }),
            ...official.environment(linePort, {}),
          },
        })
        tell(started)
        await started.says('Ready.', limits.startMs)
        return started
      },
    }
  }

  const numbers = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1)
  const evaluators = numbers(Math.ceil(scale.workers / workersPerEvaluator)).map(evaluator)
  const official = [dcpWorker, nodeWorker].flatMap((one, kind) =>
    numbers(scale.officialWorkersEach).map((n) =>
      officialWorker(one, kind + 1, kind * scale.officialWorkersEach + n),
    ),
  )
  return {
    scheduler,
    rows: [
      [...evaluators, lineEvaluator(1), lineEvaluator(2)],
      [...numbers(scale.workers).map(worker), ...official],
    ],
    proxy,
    location,
    database: join(data, 'scheduler.sqlite'),
    home,
  }
}
