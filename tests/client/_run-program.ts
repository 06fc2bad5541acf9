/** Runs a program of the Compute API in a process of its own, with our package as its dcp-client. */
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Ran {
  readonly status: number | null
  readonly output: string
  readonly errors: string
}

const root = fileURLToPath(new URL('../../', import.meta.url))
const compat = fileURLToPath(new URL('../../packages/client/compat/', import.meta.url))

/** @param program a path from the root of the repository, or below `cwd` */
export async function runProgram(
  program: string,
  env: Readonly<Record<string, string>>,
  cwd: string = root,
): Promise<Ran> {
  const tsx = import.meta.resolve('tsx')
  const child = spawn(
    process.execPath,
    ['--conditions=@manyhands/source', '--import', tsx, program],
    {
      cwd,
      env: { ...process.env, NODE_PATH: compat, DCP_SCHEDULER_LOCATION: '', ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  )
  let output = ''
  let errors = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
  })
  child.stderr.on('data', (chunk: Buffer) => {
    errors += chunk.toString()
  })
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  return { status, output, errors }
}
