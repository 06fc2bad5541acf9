// The official workers, unmodified: they compute, in sandboxes of our evaluator, the jobs that
// unmodified clients and our own deploy on a computer of ours that has no worker itself.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { brokerEntry } from '@manyhands/evaluator'
import { nodeFlags } from '@manyhands/service'

import { installFolder } from '../scripts/install-folder.ts'
import { type RunningComputer, startComputer } from '../scripts/start-computer.ts'
import { judge, type Verdict } from './judge.ts'
import { type InteropProgram, programs } from './programs.ts'

export interface OfficialWorker {
  /** The package it is, as published. */
  readonly package: string
  readonly folder: URL
  /** Its command line; the evaluator is at this port of this machine. */
  readonly command: (port: string) => readonly string[]
  readonly environment: (port: string) => Readonly<Record<string, string>>
}

const ownPath = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

export const workers: readonly OfficialWorker[] = [
  {
    package: 'dcp-worker@3.3.19',
    folder: new URL('./worker-3.3.19/', import.meta.url),
    command: (port) => [
      ownPath('worker-3.3.19/node_modules/dcp-worker/bin/dcp-worker'),
      ...['-H', '127.0.0.1', '-p', port, '-c', '2,0', '-m', '2', '-o', 'console'],
    ],
    environment: () => ({}),
  },
  {
    package: 'dcp-client@5.6.1 (worker)',
    folder: new URL('./', import.meta.url),
    command: () => [ownPath('workers/node-worker.cjs')],
    environment: (port) => ({
      DCP_CONFIG_EVALUATOR: `{ location: new URL('http://127.0.0.1:${port}') }`,
    }),
  },
]

/**
 * Programs whose jobs official workers compute. Not those about errors: what a work function throws
 * is a result of an official worker, and a job of such results is resolved.
 */
const computed = new Set([
  'examples/nodejs/simple-job.js',
  'ranges.cjs',
  'arguments.cjs',
  'values.cjs',
  'events.cjs',
  'work-functions.cjs',
  'local-modules.cjs',
])

const ourClient: InteropProgram = {
  package: 'manyhands',
  name: 'our-client.ts',
  feature: 'a job of our client',
  path: ownPath('workers/our-client.ts'),
  flags: ['--conditions=@manyhands/source', '--import', 'tsx'],
  expected: '[1.5,4.5,9.5,16.5,25.5,36.5,49.5,64.5]\n',
}

const startMs = 60_000
const stopMs = 60_000

interface Running {
  readonly child: ChildProcess
  readonly complaints: () => string
  /** Resolves with the line that has the text. */
  said(text: string): Promise<string>
  /** Sends the signal and waits; the status it ends with. */
  stop(signal: NodeJS.Signals): Promise<number | null>
}

function run(args: readonly string[], env: Readonly<Record<string, string>>): Running {
  const child = spawn(process.execPath, [...args], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let complaints = ''
  const note = (text: string): void => {
    complaints = (complaints + text).slice(-4000)
  }
  const waiting = new Map<string, (line: string) => void>()
  createInterface({ input: child.stdout }).on('line', (line) => {
    note(`${line}\n`)
    for (const [text, resolve] of waiting) if (line.includes(text)) resolve(line)
  })
  child.stderr.on('data', (chunk: Buffer) => note(chunk.toString()))
  return {
    child,
    complaints: () => complaints,
    said: (text) =>
      new Promise((resolve, reject) => {
        const fail = (what: string) => (): void => reject(new Error(`${what}: ${complaints}`))
        const late = setTimeout(fail(`it did not say "${text}"`), startMs)
        const left = fail('it ended')
        child.once('exit', left)
        waiting.set(text, (line) => {
          clearTimeout(late)
          child.off('exit', left)
          waiting.delete(text)
          resolve(line)
        })
      }),
    async stop(signal) {
      if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
      const late = setTimeout(() => child.kill('SIGKILL'), stopMs)
      const left = once(child, 'exit') as Promise<[number | null]>
      child.kill(signal)
      const [status] = await left
      clearTimeout(late)
      return status
    },
  }
}

function environmentOf({ home, url }: RunningComputer): Record<string, string> {
  return { PATH: process.env['PATH'] ?? '', HOME: home, DCP_SCHEDULER_LOCATION: url }
}

/** Says how the worker leaves: it must give back what it holds and end well. */
function leaving(worker: OfficialWorker, status: number | null, report: string): Verdict {
  const program: InteropProgram = {
    package: worker.package,
    name: 'SIGINT',
    feature: 'the worker leaves when it is told to',
    path: '',
    expected: '',
  }
  return { program, passed: status === 0, reason: `status ${String(status)}`, report }
}

async function judgeWorker(worker: OfficialWorker): Promise<Verdict[]> {
  installFolder(worker.folder)
  const computer = await startComputer(0)
  const entry = [...nodeFlags(brokerEntry), fileURLToPath(brokerEntry)]
  const evaluator = run([...entry, '--listen', '127.0.0.1:0'], { PATH: process.env['PATH'] ?? '' })
  let running: Running | undefined
  try {
    const ready = JSON.parse(await evaluator.said('"listen"')) as { listen: string }
    const port = ready.listen.split(':').at(-1) ?? ''
    const env = { ...environmentOf(computer), ...worker.environment(port) }
    running = run(worker.command(port), env)
    await running.said('Ready.')
    const verdicts: Verdict[] = []
    const jobs = [...programs.filter(({ name }) => computed.has(name)), ourClient]
    for (const program of jobs) {
      const verdict = await judge(program, computer)
      const feature = `computes: ${program.feature}`
      const report = `${verdict.report}\n${running.complaints()}`
      verdicts.push({
        ...verdict,
        report,
        program: { ...program, package: worker.package, feature },
      })
    }
    const status = await running.stop('SIGINT')
    return [...verdicts, leaving(worker, status, running.complaints())]
  } finally {
    await running?.stop('SIGKILL')
    await evaluator.stop('SIGTERM')
    await computer.close()
  }
}

/** Runs each worker whose package has one of these names in it; all of them without names. */
export async function judgeWorkers(names: readonly string[]): Promise<Verdict[]> {
  const chosen = workers.filter(
    (worker) => names.length === 0 || names.some((name) => worker.package.includes(name)),
  )
  const verdicts: Verdict[] = []
  for (const worker of chosen) verdicts.push(...(await judgeWorker(worker)))
  return verdicts
}
