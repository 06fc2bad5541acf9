/** A work function that is loaded, whatever language it is written in. */
export interface LoadedWork {
  /** Computes one slice. What it returns may be a promise. */
  run(datum: unknown, parameters: readonly unknown[]): unknown
}
