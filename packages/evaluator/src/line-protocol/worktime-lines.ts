/** The files of a worktime as one line for a sandbox that speaks lines. They are read once. */
import type { PyodideInstallation } from '../pyodide.ts'

export type LineOf = (worktime: string) => Promise<Buffer> | undefined

export function createWorktimeLines(python: PyodideInstallation | undefined): LineOf {
  let made: Promise<Buffer> | undefined

  async function make(installation: PyodideInstallation): Promise<Buffer> {
    const files = [...(await installation.read())].map(([name, bytes]) => [
      name,
      Buffer.from(bytes).toString('base64'),
    ])
    const message = { type: 'worktime', name: 'pyodide', files: Object.fromEntries(files) }
    return Buffer.from(`${JSON.stringify(message)}\n`)
  }

  return (worktime) => {
    if (worktime !== 'pyodide' || python === undefined) return undefined
    made ??= make(python).catch((error: unknown) => {
      made = undefined
      throw error
    })
    return made
  }
}
