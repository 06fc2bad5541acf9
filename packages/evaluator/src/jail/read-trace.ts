/** Reads what `strace -f --pidns-translation` wrote, and counts the system calls of jailed processes alone. */

export interface TracedCall {
  readonly name: string
  count: number
  /** Some of the lines, to see arguments and answers. */
  readonly examples: string[]
}

const examplesMax = 3

/** The call that brings a process into the jail: from then on it is the sandbox. */
const enters = /^(\d+) +execve\("\/deno"/
const calls = /^(\d+) +(\w+)\((.*)$/
/** How a thread gets its number, also when other lines came between its call and the answer. */
const makesThread =
  /^(\d+) +(?:clone3?\(|<\.\.\. clone3? resumed>).* = \d+ \/\* (\d+) in strace's PID NS \*\/$/

/** The calls by name, the most frequent first. */
export function readTrace(lines: Iterable<string>): readonly TracedCall[] {
  const inside = new Set<string>()
  const found = new Map<string, TracedCall>()
  for (const line of lines) {
    const entering = enters.exec(line)?.[1]
    if (entering !== undefined) inside.add(entering)
    const [, maker = '', thread] = makesThread.exec(line) ?? []
    if (thread !== undefined && inside.has(maker)) inside.add(thread)
    const [, pid = '', name, rest = ''] = calls.exec(line) ?? []
    if (name === undefined || !inside.has(pid)) continue
    const call = found.get(name) ?? { name, count: 0, examples: [] }
    call.count += 1
    if (call.examples.length < examplesMax) call.examples.push(`${name}(${rest}`)
    found.set(name, call)
  }
  return [...found.values()].toSorted((one, other) => other.count - one.count)
}
