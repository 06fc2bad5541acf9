// A running system made of programs: one submits, the others serve.
import { fileURLToPath } from 'node:url'

import { startProgram, type Program } from '../program.ts'
import type { RunningSystem } from '../system.ts'

/** Starts one of the programs in `bench/peers` under this same Node. */
export function startPeer(file: string, ...args: readonly string[]): Promise<Program> {
  const path = fileURLToPath(new URL(`../peers/${file}`, import.meta.url))
  return startProgram({ command: process.execPath, args: [path, ...args] })
}

/** Something that serves and can be closed. */
interface Serving {
  readonly pid: number
  close(): Promise<void>
}

/** Puts programs together; `release` runs after the last of them has left. */
export function runningSystem(
  submitter: Program,
  others: readonly Serving[],
  release: () => Promise<void> = () => Promise.resolve(),
): RunningSystem {
  return {
    submitterPid: submitter.pid,
    otherPids: others.map(({ pid }) => pid),
    runAll: (order) => submitter.ask({ kind: 'all', ...order }),
    runSerial: (order) => submitter.ask({ kind: 'serial', ...order }),
    ask: (order) => submitter.ask(order),
    async close() {
      await submitter.close()
      for (const program of others) await program.close()
      await release()
    },
  }
}
