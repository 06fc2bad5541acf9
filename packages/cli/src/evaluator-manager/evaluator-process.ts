/**
 * The evaluator behind the manager: a process that is started when it is needed first, listens on a
 * socket that nobody else can reach, and is gone when the machine is wanted.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

import { brokerEntry } from '@manyhands/evaluator'
import type { Clock } from '@manyhands/protocol'
import { nodeFlags } from '@manyhands/service'

import { endGroup } from '../end-group.ts'
import { managerLimits } from './limits.ts'

export interface EvaluatorProcess {
  /**
   * The path of its socket; starts it when it is not there.
   * @throws Error when it cannot be started, and for a while afterwards.
   */
  socket(): Promise<string>
  /** Ends it and its sandboxes; the next call of `socket` starts another. */
  stop(): Promise<void>
}

export interface EvaluatorProcessDeps {
  /** Its options, without where it listens. */
  readonly options: readonly string[]
  readonly clock: Clock
  readonly tell: (what: string) => void
}

interface Running {
  readonly child: ChildProcess
  /** Resolves with the path of its socket. */
  readonly ready: Promise<string>
  readonly gone: Promise<void>
}

function spawnEvaluator(options: readonly string[], folder: string, socket: string): ChildProcess {
  const places = ['--listen', socket, '--folder', folder, '--lifeline']
  const args = [...nodeFlags(brokerEntry), fileURLToPath(brokerEntry), ...options, ...places]
  return spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'], detached: true })
}

export function createEvaluatorProcess(deps: EvaluatorProcessDeps): EvaluatorProcess {
  const { clock, options, tell } = deps
  let current: Running | undefined
  let retryAt = Number.NEGATIVE_INFINITY

  function start(): Running {
    const folder = mkdtempSync(join(tmpdir(), 'manyhands-'))
    const socket = join(folder, 'lines.sock')
    const child = spawnEvaluator(options, folder, socket)
    child.stdin?.on('error', () => tell('the evaluator closed its lifeline'))
    const gone = once(child, 'exit').then(([code, signal]: unknown[]) => {
      endGroup(child.pid)
      rmSync(folder, { recursive: true, force: true })
      tell(`evaluator ${child.pid ?? ''} has ended: ${String(code ?? signal)}`)
    })
    const ready = new Promise<string>((resolve, reject) => {
      let started = false
      // It says one line, when it listens.
      child.stdout?.once('data', () => {
        started = true
        tell(`evaluator ${child.pid ?? ''} has started`)
        resolve(socket)
      })
      const leave = (): void => {
        // Otherwise it was stopped, and may be started again at once.
        const mine = current?.child === child
        if (mine) current = undefined
        if (mine && !started) retryAt = clock.monotonic() + managerLimits.restartMs
        reject(new Error('the evaluator has ended before it was ready'))
      }
      gone.then(leave, leave)
    })
    ready.catch(() => {
      // Told to those who wait for it; after that nobody does.
    })
    return { child, ready, gone }
  }

  return {
    async socket() {
      if (current === undefined) {
        if (clock.monotonic() < retryAt) throw new Error('the evaluator could not be started')
        current = start()
      }
      return current.ready
    },
    async stop() {
      if (current === undefined) return
      const { child, gone } = current
      current = undefined
      child.kill('SIGTERM')
      const cancel = clock.setTimer(managerLimits.stopMs, () => child.kill('SIGKILL'))
      await gone
      cancel()
    },
  }
}
