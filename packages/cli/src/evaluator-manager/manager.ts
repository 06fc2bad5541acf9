/**
 * The gate in front of the evaluator: listens where official workers look for one, lets them in while
 * nobody needs the machine, and ends what they run as soon as somebody does.
 */
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

import type { Clock, Random } from '@manyhands/protocol'

import { createAdmission } from './admission.ts'
import { createBatteryMonitor } from './battery.ts'
import { createEvaluatorProcess } from './evaluator-process.ts'
import { openGate } from './gate.ts'
import { managerLimits } from './limits.ts'
import { createLoadMonitor, createLoadReader, type LoadReader } from './load.ts'
import type { ManagerOptions } from './options.ts'
import { createScheduleMonitor } from './schedule.ts'
import { screenSources } from './screen-sources.ts'
import { createScreensaverMonitor } from './screensaver.ts'
import { createSessionMonitor } from './session.ts'
import { createSignalMonitor, type SignalMonitor } from './signal.ts'
import type { Monitor } from './monitor.ts'

export interface ManagerDeps {
  readonly clock: Clock
  readonly random: Random
  readonly env: NodeJS.ProcessEnv
  /** Told what happens, in a line. */
  readonly tell: (what: string) => void
  /** Told why each connection was refused. */
  readonly detail: (what: string) => void
}

export interface Manager {
  /** The port it listens on, of 127.0.0.1. */
  readonly port: number
  close(): Promise<void>
}

function createMonitors(
  options: ManagerOptions,
  load: LoadReader,
  { clock, env, tell }: ManagerDeps,
): Monitor[] {
  const { disabled, idleSeconds, minCharge, pts, schedule, stopLoad, sys } = options
  const watched: Monitor[] = [
    createSessionMonitor({ pts, idleSeconds }, clock),
    createScreensaverMonitor({ sources: screenSources(env), clock, tell }),
    createBatteryMonitor({ sys, ...(minCharge === undefined ? {} : { minCharge }) }),
  ].filter(({ name }) => !disabled.has(name))
  if (schedule.length > 0) watched.push(createScheduleMonitor(schedule, clock))
  if (stopLoad !== undefined) watched.push(createLoadMonitor(load, stopLoad))
  return watched
}

function listenOn(server: ReturnType<typeof createServer>, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      resolve((server.address() as AddressInfo).port)
    })
  })
}

/** Passes bytes both ways until either end is gone. */
function join(outer: Socket, path: string): void {
  const inner = connect(path)
  inner.on('error', () => outer.destroy())
  inner.once('close', () => outer.destroySoon())
  outer.once('close', () => inner.destroy())
  outer.pipe(inner)
  inner.pipe(outer)
}

/**
 * Resolves when it listens.
 * @throws Error when the port cannot be had.
 */
export async function startManager(options: ManagerOptions, deps: ManagerDeps): Promise<Manager> {
  const { clock, detail, random, tell } = deps
  const { onlyWhenBusy, proc, signal } = options
  const load = createLoadReader({ type: options.loadType, proc }, random)
  const admission = createAdmission(options, load, clock)
  const evaluator = createEvaluatorProcess({ options: options.evaluator, clock, tell })
  const connections = new Set<Socket>()

  function stopEvaluators(): void {
    for (const socket of connections) socket.destroy()
    void evaluator.stop()
  }

  function onChange(reasons: readonly string[]): void {
    tell(
      reasons.length === 0 ? 'the machine is idle' : `the machine is busy: ${reasons.join('; ')}`,
    )
    if (reasons.length > 0 && !onlyWhenBusy) stopEvaluators()
  }

  function onSignal(): void {
    stopEvaluators()
    void gate.look()
  }

  async function admit(socket: Socket): Promise<void> {
    const reason = await admission.refuse(gate.reasons())
    if (reason !== undefined) throw new Error(reason)
    const path = await evaluator.socket()
    if (!socket.destroyed) join(socket, path)
  }

  const monitors = createMonitors(options, load, deps)
  const trap: SignalMonitor | undefined =
    signal === undefined ? undefined : createSignalMonitor(signal, onSignal)
  if (trap !== undefined) monitors.push(trap)
  const gate = await openGate({ monitors, pollMs: managerLimits.pollMs, onChange }, clock)

  const server = createServer({ noDelay: true }, (socket) => {
    socket.on('error', () => socket.destroy())
    if (connections.size >= managerLimits.connectionsMax) {
      socket.destroy()
      return
    }
    connections.add(socket)
    socket.once('close', () => connections.delete(socket))
    admit(socket).catch((error: unknown) => {
      detail(`a connection is refused: ${(error as Error).message}`)
      socket.destroy()
    })
  })

  async function close(): Promise<void> {
    gate.close()
    trap?.close()
    server.close()
    for (const socket of connections) socket.destroy()
    await evaluator.stop()
  }

  try {
    const port = await listenOn(server, options.port)
    return { port, close }
  } catch (error) {
    await close()
    throw error
  }
}
