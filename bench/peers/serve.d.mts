import type { WorkOrder } from './work.mjs'

type Input = number | string

export interface Served {
  runAll(order: WorkOrder, inputs: readonly Input[]): Promise<ArrayLike<unknown>>
  runOne(order: WorkOrder, input: Input): Promise<unknown>
  close(): Promise<void>
  readonly more?: Readonly<Record<string, (order: WorkOrder) => Promise<object>>>
}

export declare function serve(served: Served): Promise<void>
