// Plain Node, which a sandbox's speed is compared with: the one that runs here, and a new one whose
// engine is about as old as the sandbox's, where it is installed.
import { createRequire } from 'node:module'
import { fileURLToPath } from 'node:url'

import { startProgram } from '../program.ts'

export interface PlainNode {
  /** Its version and that of its engine. */
  readonly name: string
  /** Runs a kernel, given as text, and times it inside. */
  compute(kernel: string, size: number): Promise<{ readonly ms: number; readonly answer: number }>
  close(): Promise<void>
}

/** Starts them; there is at least the one that runs here. */
export async function startPlainNodes(): Promise<PlainNode[]> {
  const commands = [process.execPath, newNode()].filter((command) => command !== undefined)
  return Promise.all(commands.map(start))
}

async function start(command: string): Promise<PlainNode> {
  const path = fileURLToPath(new URL('../peers/kernel.mjs', import.meta.url))
  const program = await startProgram({ command, args: [path] })
  return {
    name: program.greeting,
    compute: (kernel, size) => program.ask({ kernel, size }),
    close: () => program.close(),
  }
}

/** Its package, named after the system, holds the program; undefined where there is none. */
function newNode(): string | undefined {
  const peers = createRequire(new URL('../peers/package.json', import.meta.url))
  try {
    return peers.resolve(`node-${process.platform}-${process.arch}/bin/node`)
  } catch {
    return undefined
  }
}
