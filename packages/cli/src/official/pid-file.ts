/** A file that holds the id of this process for as long as it lives. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs'

import { DcpError } from '@manyhands/protocol'

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // A process of another user lives as well.
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function recordedPid(path: string): number | undefined {
  try {
    const pid = Number(readFileSync(path, 'utf8').trim())
    return Number.isInteger(pid) && pid > 0 ? pid : undefined
  } catch {
    // There is none, or it cannot be read: writing will tell.
    return undefined
  }
}

/**
 * Writes it; what is returned removes it.
 * @throws DcpError `EEXIST` when the recorded process lives, `EDATADIR` when it cannot be written.
 */
export function writePidFile(path: string): () => void {
  const other = recordedPid(path)
  if (other !== undefined && other !== process.pid && isAlive(other)) {
    throw new DcpError('EEXIST', `process ${other}, recorded in ${path}, is still running`)
  }
  try {
    writeFileSync(path, `${process.pid}\n`)
  } catch (cause) {
    throw new DcpError('EDATADIR', `${path} cannot be written`, { cause })
  }
  return () => rmSync(path, { force: true })
}
