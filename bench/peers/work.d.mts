/** What is asked of a system: `count` slices of one kind of work, all at once or one by one. */
export interface WorkOrder {
  readonly work: keyof Work
  readonly count: number
  /** Iterations of `spin`; length of the values of `length`, `string` and `bytes`. */
  readonly size: number
}

export interface Work {
  readonly increment: (x: number) => number
  readonly report: (x: number) => number
  readonly spin: (x: number, iterations: number) => number
  readonly length: (text: string) => number
  readonly string: (x: number, size: number) => string
  readonly bytes: (x: number, size: number) => Uint8Array
}

export declare const work: Work
export declare function inputsOf(order: WorkOrder): readonly (number | string)[]
export declare function countWrong(order: WorkOrder, results: readonly unknown[]): number
