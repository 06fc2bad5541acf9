/**
 * Lets work reach the graphics processor while a slice runs and at no other time, and lets no slice
 * end before what it submitted is done: its time is its own, and so is the deadline. What a work
 * function does to get around this is met outside, by the watch on sandboxes that rest.
 */
export interface GpuGate {
  /** A slice begins. */
  open(): void
  /** Its work function has settled; undefined when nothing was submitted, else when all is done. */
  shut(): Promise<void> | undefined
}

export interface QueuePrototype {
  submit(commands: unknown): void
  onSubmittedWorkDone(): Promise<void>
}

/** Takes what it needs of the realm now: the work function can replace it later. */
export function gateSubmits(prototype: QueuePrototype): GpuGate {
  const { apply, defineProperty } = Reflect
  const NativePromise = Promise
  const NativeError = Error
  const { then } = Promise.prototype
  const { onSubmittedWorkDone, submit } = prototype
  let isOpen = false
  /** Queues that were used in this slice, each once. */
  let used: QueuePrototype[] = []
  let count = 0

  function note(queue: QueuePrototype): void {
    for (let index = count - 1; index >= 0; index -= 1) if (used[index] === queue) return
    defineProperty(used, count, { value: queue })
    count += 1
  }

  /** A device that is gone has done all it will do. */
  function done(queue: QueuePrototype): Promise<void> {
    return new NativePromise<void>((resolve) => {
      const settled = (): void => resolve()
      try {
        void apply(then, apply(onSubmittedWorkDone, queue, []), [settled, settled])
      } catch {
        settled()
      }
    })
  }

  defineProperty(prototype, 'submit', {
    configurable: true,
    enumerable: true,
    writable: true,
    value: function (this: QueuePrototype, ...parameters: [unknown]) {
      if (!isOpen) {
        throw new NativeError(
          'nothing can be submitted to the graphics processor outside of a slice',
        )
      }
      apply(submit, this, parameters)
      note(this)
    },
  })
  defineProperty(prototype.submit, 'name', { value: 'submit' })

  return {
    open() {
      isOpen = true
    },
    shut() {
      isOpen = false
      if (count === 0) return undefined
      const queues = used
      const length = count
      used = []
      count = 0
      return (async () => {
        for (let index = 0; index < length; index += 1) await done(queues[index] as QueuePrototype)
      })()
    },
  }
}
