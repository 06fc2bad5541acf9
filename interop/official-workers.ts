// The official workers as programs: how each is started, and the evaluators that they use.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { type AddressInfo, createServer } from 'node:net'
import { fileURLToPath } from 'node:url'

import { installFolder } from '../scripts/install-folder.ts'
import type { RunningComputer } from '../scripts/start-computer.ts'
import { type LongRunning, startLongRunning } from './long-running.ts'
import { cleanEnvironment, environmentOf } from './program-environment.ts'

/** For whom a worker computes and what it may reach. */
export interface WorkerTerms {
  /** A compute group, and no other; the public one by default. */
  readonly group?: JoinedGroup
  /** Several groups; the public one is left with `group` alone. */
  readonly groups?: readonly JoinedGroup[]
  /** An origin besides the scheduler's. */
  readonly origin?: string
  /** Credits for an hour of a processor, below which it takes no work. */
  readonly minimumWage?: number
}

export interface JoinedGroup {
  readonly joinKey: string
  readonly joinSecret: string
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

function groupsOf({ group, groups = [] }: WorkerTerms): readonly JoinedGroup[] {
  return group === undefined ? groups : [group, ...groups]
}

function wage(credits: number): Readonly<Record<string, number>> {
  return { CPU: credits, GPU: 0, in: 0, out: 0 }
}

export const dcpWorker: OfficialWorker = {
  package: 'dcp-worker@3.3.19',
  folder: new URL('worker-3.3.19/', import.meta.url),
  command: (port, terms) => [
    pathOf('worker-3.3.19/node_modules/dcp-worker/bin/dcp-worker'),
    ...['-H', '127.0.0.1', '-p', port, '-c', '2,0', '-m', '2', '-o', 'console', '-v'],
    ...groupsOf(terms).flatMap(({ joinKey, joinSecret }) => ['-g', `${joinKey},${joinSecret}`]),
    ...(terms.group === undefined ? [] : ['--leavePublicGroup']),
    ...(terms.origin === undefined ? [] : ['-a', terms.origin]),
  ],
  environment: (_port, { minimumWage }) =>
    minimumWage === undefined
      ? {}
      : { DCP_CONFIG_WORKER: `{ minimumWage: ${JSON.stringify(wage(minimumWage))} }` },
}

export const nodeWorker: OfficialWorker = {
  package: 'dcp-client@5.6.1 (worker)',
  folder: new URL('./', import.meta.url),
  command: () => [pathOf('workers/node-worker.cjs')],
  environment: (port, terms) => ({
    DCP_CONFIG_EVALUATOR: `{ location: new URL('http://127.0.0.1:${port}') }`,
    WORKER_OPTIONS: JSON.stringify({
      computeGroups: groupsOf(terms),
      ...(terms.group === undefined ? {} : { leavePublicGroup: true }),
      ...(terms.origin === undefined ? {} : { allowOrigins: { any: [terms.origin] } }),
      ...(terms.minimumWage === undefined ? {} : { minimumWage: wage(terms.minimumWage) }),
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

async function startOurs(command: string, ...args: readonly string[]): Promise<LineEvaluator> {
  const path = pathOf(`../packages/cli/bin/${command}.js`)
  const running = startLongRunning([path, ...args], cleanEnvironment)
  const line = await running.said('Listening on ')
  return { running, port: line.split(':').at(-1) ?? '' }
}

/** Ours, as a user starts it; any free port by default. */
export function startLineEvaluator(port = '0'): Promise<LineEvaluator> {
  return startOurs('dcp-evaluator-start', '-p', port)
}

/** Keeps an official worker on an evaluator of ours as long as `run` takes. */
export async function withWorker(
  worker: OfficialWorker,
  computer: Pick<RunningComputer, 'home' | 'url'>,
  terms: WorkerTerms,
  run: (running: LongRunning) => Promise<void>,
): Promise<void> {
  const evaluator = await startLineEvaluator()
  let running: LongRunning | undefined
  try {
    running = await startWorker(worker, computer, evaluator.port, terms)
    await run(running)
  } finally {
    await running?.stop('SIGKILL')
    await evaluator.running.stop('SIGTERM')
  }
}

/** Ours behind its manager, for which the machine is never busy. */
export function startManagedEvaluator(): Promise<LineEvaluator> {
  return startOurs('dcp-evaluator-manager', '-p', '0', '-a')
}

/** It takes no port 0: one that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer()
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const { port } = server.address() as AddressInfo
  server.close()
  await once(server, 'close')
  return port
}

/** The official evaluator does not run as root: then it runs as nobody. */
export const otherUser: number | undefined = process.getuid?.() === 0 ? 65_534 : undefined

/** Why it cannot run here; undefined when it can. */
export function whyNoOfficialEvaluator(): string | undefined {
  if (otherUser === undefined) return undefined
  installFolder(dcpWorker.folder)
  const look = 'require("node:fs").accessSync(process.argv[1])'
  const file = pathOf('worker-3.3.19/node_modules/dcp-worker/package.json')
  const { status } = spawnSync(process.execPath, ['-e', look, file], { uid: otherUser })
  return status === 0 ? undefined : 'it does not run as root, and nobody else can read this folder'
}

/** The official one for Node that dcp-worker brings with it, which does not isolate what it runs. */
export async function startOfficialEvaluator(): Promise<LineEvaluator> {
  installFolder(dcpWorker.folder)
  const port = String(await freePort())
  const command = pathOf('worker-3.3.19/node_modules/dcp-worker/bin/dcp-evaluator-start')
  const running = startLongRunning(
    [
      ...[command, '-t', 'node', '-r', 'dcp-client/libexec/evaluator-node', '-p', port],
      ...['--', '--listen', '127.0.0.1'],
    ],
    { ...cleanEnvironment, HOME: '/nonexistent', I_WANT_AN_INSECURE_DCP_WORKER: 'badly' },
    otherUser === undefined ? {} : { user: otherUser },
  )
  await running.said('Listening for connections')
  return { running, port }
}
