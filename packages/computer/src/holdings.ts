/** What has been acquired, given back in reverse order; one that fails does not keep the others. */
export interface Holdings {
  add(release: () => Promise<unknown>): void
  /** @throws the first error, after everything was tried. */
  release(): Promise<void>
}

export function createHoldings(): Holdings {
  const releases: (() => Promise<unknown>)[] = []
  return {
    add(release) {
      releases.push(release)
    },
    async release() {
      const errors: unknown[] = []
      for (let release = releases.pop(); release !== undefined; release = releases.pop()) {
        try {
          await release()
        } catch (error) {
          errors.push(error)
        }
      }
      if (errors.length > 0) throw errors[0]
    },
  }
}
