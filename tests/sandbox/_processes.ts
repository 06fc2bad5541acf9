import { readdirSync, readFileSync } from 'node:fs'

/** Process ids of all descendants of `pid`, as /proc tells them. */
export function descendantsOf(pid: number): number[] {
  const parents = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'latin1')
      const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1])
      parents.set(parent, [...(parents.get(parent) ?? []), Number(name)])
    } catch {
      // It ended while we looked.
    }
  }
  const found: number[] = []
  const queue = [pid]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    const children = parents.get(next) ?? []
    found.push(...children)
    queue.push(...children)
  }
  return found
}

/** Process ids of the sandboxes of an evaluator. */
export function sandboxesOf(evaluator: number): number[] {
  return descendantsOf(evaluator).filter((pid) => {
    const [program = ''] = readFileSync(`/proc/${pid}/cmdline`, 'latin1').split('\0')
    return program.endsWith('/deno')
  })
}

/** True when the process runs; a zombie does not. */
export function isRunning(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1')
    return stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3) !== 'Z'
  } catch {
    return false
  }
}

/** One line of /proc/PID/status, without its name. */
export function statusOf(pid: number, field: string): string {
  const lines = readFileSync(`/proc/${pid}/status`, 'latin1').split('\n')
  return (
    lines
      .find((line) => line.startsWith(`${field}:`))
      ?.slice(field.length + 1)
      .trim() ?? ''
  )
}
