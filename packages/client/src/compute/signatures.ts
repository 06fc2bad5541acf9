/**
 * The types of `compute.for` and `compute.do`: the input set decides what the work function gets,
 * and what the work function returns reaches the result handle.
 */
import type { MultiRangeObject, RangeObject, SparseRangeObject } from '../input/range-objects.ts'
import type { Job } from '../job/job.ts'
import type { RemoteDataPattern, RemoteDataSet } from '../remote/remote-data.ts'
import type { DistributionObject } from '../stats/set.ts'

/** A function, text that evaluates to one, or the location of such text; its result may be a promise. */
export type Work<Parameters extends readonly unknown[], Out> =
  | ((...parameters: [...Parameters]) => Out)
  | string
  | URL

/** What the work function gets besides its input: values, or the locations of them. */
export type WorkArguments<Args extends readonly unknown[]> = readonly [...Args] | RemoteDataSet

/** One element of a described set. */
type ElementOf<Range> = Range extends { readonly group: number }
  ? NumberOf<Range>[]
  : Range extends { readonly ranges: infer Ranges extends readonly unknown[] }
    ? TupleOf<Ranges>
    : Range extends readonly (infer Literal)[]
      ? Literal
      : NumberOf<Range>

type NumberOf<Range> = Range extends { readonly start: bigint } ? bigint : number

/** What the work function of a multi range gets: one parameter for each range. */
type TupleOf<Ranges extends readonly unknown[]> = {
  -readonly [Index in keyof Ranges]: ElementOf<Ranges[Index]>
}

/** `Out` in as many arrays as there are ranges, less the one that the result handle is. */
type Nested<Ranges extends readonly unknown[], Out> = Ranges extends readonly [
  unknown,
  unknown,
  ...infer Rest,
]
  ? Nested<readonly [unknown, ...Rest], Out>[]
  : Out

/** The element type of anything that can be iterated, and of what a generator function makes. */
type ItemOf<Source> =
  Source extends Iterable<infer Item>
    ? Item
    : Source extends AsyncIterable<infer Item>
      ? Item
      : Source extends () => Iterable<infer Item> | AsyncIterable<infer Item>
        ? Item
        : never

export interface ForOptions {
  /** An array of range objects is an array of values, not a multi range. */
  readonly literal?: boolean
}

type Ranges = MultiRangeObject['ranges']

export interface ComputeFor {
  /** Form 2b: `start` to `end` in steps of 1. */
  <Out, Args extends readonly unknown[] = []>(
    start: number,
    end: number,
    work: Work<[number, ...Args], Out>,
    args?: WorkArguments<Args>,
  ): Job<number, Awaited<Out>>
  /** Form 2a. */
  <Out, Args extends readonly unknown[] = []>(
    start: number,
    end: number,
    step: number,
    work: Work<[number, ...Args], Out>,
    args?: WorkArguments<Args>,
  ): Job<number, Awaited<Out>>
  <Out, Args extends readonly unknown[] = []>(
    start: bigint,
    end: bigint | number,
    work: Work<[bigint, ...Args], Out>,
    args?: WorkArguments<Args>,
  ): Job<bigint, Awaited<Out>>
  /** Form 3: nested loops, one parameter for each range; results nest. */
  <const R extends Ranges, Out, Args extends readonly unknown[] = []>(
    set: { readonly ranges: R },
    work: Work<[...TupleOf<R>, ...Args], Out>,
    args?: WorkArguments<Args>,
  ): Job<TupleOf<R>, Awaited<Out>, Nested<R, Awaited<Out>>>
  /** Form 3, second spelling: an array of nothing but range objects. */
  <const R extends readonly RangeObject[], Out, Args extends readonly unknown[] = []>(
    ranges: R,
    work: Work<[...TupleOf<R>, ...Args], Out>,
    args?: WorkArguments<Args>,
  ): Job<TupleOf<R>, Awaited<Out>, Nested<R, Awaited<Out>>>
  /** Values that are kept at locations made from a pattern. */
  <Value, Out, Args extends readonly unknown[] = []>(
    pattern: RemoteDataPattern<Value>,
    work: Work<[Value, ...Args], Out>,
    args?: WorkArguments<Args>,
  ): Job<URL, Awaited<Out>>
  /** Form 1: a range, a sparse range or a distribution. */
  <
    const R extends RangeObject | SparseRangeObject | DistributionObject,
    Out,
    Args extends readonly unknown[] = [],
  >(
    range: R,
    work: Work<[ElementOf<R>, ...Args], Out>,
    args?: WorkArguments<Args>,
  ): Job<ElementOf<R>, Awaited<Out>>
  /** Form 4: an array, a generator, a generator function, any iterable or asynchronous iterable. */
  <
    Source extends
      | Iterable<unknown>
      | AsyncIterable<unknown>
      | (() => Iterable<unknown> | AsyncIterable<unknown>),
    Out,
    Args extends readonly unknown[] = [],
  >(
    source: Source,
    work: Work<[ItemOf<Source>, ...Args], Out>,
    args?: WorkArguments<Args>,
    options?: ForOptions,
  ): Job<ItemOf<Source>, Awaited<Out>>
}

export interface ComputeDo {
  /** Form 1: once, with the number 0. */
  <Out, Args extends readonly unknown[] = []>(
    work: Work<[number, ...Args], Out>,
    args?: WorkArguments<Args>,
  ): Job<number, Awaited<Out>>
  /** Form 2: `n` times, with a number from 0 to `n` - 1. */
  <Out, Args extends readonly unknown[] = []>(
    n: number,
    work: Work<[number, ...Args], Out>,
    args?: WorkArguments<Args>,
  ): Job<number, Awaited<Out>>
}
