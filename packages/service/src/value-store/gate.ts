/** Lets so many works run at the same time; the others wait in line. */
export function createGate(max: number): <T>(work: () => Promise<T>) => Promise<T> {
  const line: (() => void)[] = []
  let running = 0
  return async (work) => {
    if (running >= max) await new Promise<void>((resolve) => line.push(resolve))
    else running += 1
    try {
      return await work()
    } finally {
      const next = line.shift()
      // Whoever comes next takes the place over.
      if (next === undefined) running -= 1
      else next()
    }
  }
}
