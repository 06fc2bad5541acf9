/** `manyhands evaluator doctor`: what this machine offers for a jail. */
import { once } from 'node:events'
import { spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

import { doctorEntry } from '@manyhands/evaluator'
import { DcpError } from '@manyhands/protocol'
import { nodeFlags } from '@manyhands/service'

import type { DoctorFlags } from './program.ts'

function doctorArguments(...options: readonly string[]): string[] {
  return [...nodeFlags(doctorEntry), fileURLToPath(doctorEntry), ...options]
}

/** Like the evaluator it is a program of its own; its status says whether there is a jail. */
export async function doctor({ json }: DoctorFlags): Promise<number> {
  const child = spawn(process.execPath, doctorArguments(...(json ? ['--json'] : [])), {
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const [code] = (await once(child, 'exit')) as [number | null]
  return code ?? 1
}

/**
 * Ends in success when this machine has a jail.
 * @throws DcpError `ENOJAIL` with all that the doctor says.
 */
export async function assertMachineJails(): Promise<void> {
  const child = spawn(process.execPath, doctorArguments(), { stdio: ['ignore', 'pipe', 'inherit'] })
  let text = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk
  })
  const [code] = (await once(child, 'close')) as [number | null]
  if (code !== 0) {
    throw new DcpError('ENOJAIL', `a jail is required and there is none here.\n${text.trim()}\n`)
  }
}
