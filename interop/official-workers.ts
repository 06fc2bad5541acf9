// The official workers as programs: how each is started, and the evaluator of ours that they use.
import { fileURLToPath } from 'node:url'

import { brokerEntry } from '@manyhands/evaluator'
import { nodeFlags } from '@manyhands/service'

import { installFolder } from '../scripts/install-folder.ts'
import type { RunningComputer } from '../scripts/start-computer.ts'
import { environmentOf } from './judge.ts'
import { type LongRunning, startLongRunning } from './long-running.ts'

/** For whom a worker computes and what it may reach. */
export interface WorkerTerms {
  /** A compute group, and no other; the public one by default. */
  readonly group?: { readonly joinKey: string; readonly joinSecret: string }
  /** An origin besides the scheduler's. */
  readonly origin?: string
}

export interface OfficialWorker {
  /** The package it is, as published. */
  readonly package: string
  readonly folder: URL
  /** Its command line; the evaluator is at this port of this machine. */
  readonly command: (port: string, terms: WorkerTerms) => readonly string[]
  readonly environment: (port: string, terms: WorkerTerms) => Readonly<Record<string, string>>
}

const pathOf = (file: string): string => fileURLToPath(new URL(file, import.meta.url))

const cleanEnvironment = { PATH: process.env['PATH'] ?? '' }

export const dcpWorker: OfficialWorker = {
  package: 'dcp-worker@3.3.19',
  folder: new URL('worker-3.3.19/', import.meta.url),
  command: (port, { group, origin }) => [
    pathOf('worker-3.3.19/node_modules/dcp-worker/bin/dcp-worker'),
    ...['-H', '127.0.0.1', '-p', port, '-c', '2,0', '-m', '2', '-o', 'console'],
    ...(group === undefined
      ? []
      : ['-g', `${group.joinKey},${group.joinSecret}`, '--leavePublicGroup']),
    ...(origin === undefined ? [] : ['-a', origin]),
  ],
  environment: () => ({}),
}

export const nodeWorker: OfficialWorker = {
  package: 'dcp-client@5.6.1 (worker)',
  folder: new URL('./', import.meta.url),
  command: () => [pathOf('workers/node-worker.cjs')],
  environment: (port, { group, origin }) => ({
    DCP_CONFIG_EVALUATOR: `{ location: new URL('http://127.0.0.1:${port}') }`,
    WORKER_OPTIONS: JSON.stringify({
      ...(group === undefined ? {} : { computeGroups: [group], leavePublicGroup: true }),
      ...(origin === undefined ? {} : { allowOrigins: { any: [origin] } }),
    }),
  }),
}

/** Starts one that computes for the computer, and waits until it says that it is ready. */
export async function startWorker(
  worker: OfficialWorker,
  computer: Pick<RunningComputer, 'home' | 'url'>,
  port: string,
  terms: WorkerTerms = {},
): Promise<LongRunning> {
  installFolder(worker.folder)
  const environment = { ...environmentOf(computer), ...worker.environment(port, terms) }
  const running = startLongRunning(worker.command(port, terms), environment)
  try {
    await running.said('Ready.')
  } catch (error) {
    await running.stop('SIGKILL')
    throw error
  }
  return running
}

export interface LineEvaluator {
  readonly running: LongRunning
  /** Of this machine. */
  readonly port: string
}

/** An evaluator of ours that speaks the official line protocol; any free port by default. */
export async function startLineEvaluator(port = '0'): Promise<LineEvaluator> {
  const entry = [...nodeFlags(brokerEntry), fileURLToPath(brokerEntry)]
  const running = startLongRunning([...entry, '--listen', `127.0.0.1:${port}`], cleanEnvironment)
  const { listen } = JSON.parse(await running.said('"listen"')) as { listen: string }
  return { running, port: listen.split(':').at(-1) ?? '' }
}
