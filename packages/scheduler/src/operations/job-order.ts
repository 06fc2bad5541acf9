/**
 * Keeps the requests about a job in their order while one of them puts long values away: a job is
 * not closed before the slices that were sent before. Requests about other jobs wait for nothing.
 */
export interface JobOrder {
  /**
   * Calls `enter` with what was prepared, after the requests about the same job that came before
   * have entered; at once when there is nothing to wait for. When one before could not be prepared,
   * those that came meanwhile fail as it did: what they say counts on it.
   */
  enter<Prepared, Reply>(
    job: string,
    prepared: Prepared | Promise<Prepared>,
    enter: (prepared: Prepared) => Promise<Reply>,
  ): Promise<Reply>
}

export function createJobOrder(): JobOrder {
  /** Settles when the last request about a job has entered. */
  const lasts = new Map<string, Promise<unknown>>()

  return {
    async enter<Prepared, Reply>(
      job: string,
      prepared: Prepared | Promise<Prepared>,
      enter: (prepared: Prepared) => Promise<Reply>,
    ): Promise<Reply> {
      const before = lasts.get(job)
      if (before === undefined && !(prepared instanceof Promise)) return enter(prepared)
      // The next one waits for the place of this one, not for its reply.
      const entered = Promise.all([prepared, before]).then(([ready]) => ({ reply: enter(ready) }))
      lasts.set(job, entered)
      try {
        const { reply } = await entered
        return await reply
      } finally {
        if (lasts.get(job) === entered) lasts.delete(job)
      }
    },
  }
}
