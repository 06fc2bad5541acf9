/** A promise that is settled from outside; nobody has to handle its rejection. */
export interface Deferred<Value> {
  readonly promise: Promise<Value>
  resolve(value: Value): void
  reject(reason: unknown): void
}

export function defer<Value>(): Deferred<Value> {
  const made: { resolve?: (value: Value) => void; reject?: (reason: unknown) => void } = {}
  const promise = new Promise<Value>((resolve, reject) => {
    Object.assign(made, { resolve, reject })
  })
  promise.catch(() => undefined)
  return {
    promise,
    resolve: (value) => made.resolve?.(value),
    reject: (reason) => made.reject?.(reason),
  }
}
