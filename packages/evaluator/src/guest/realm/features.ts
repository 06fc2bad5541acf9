/** What this realm can do, found by trying. Runs before any untrusted byte. */
import type { RealmFeatures } from '../messages.ts'

/** Argument, and the result of fdlibm as a 64-bit pattern: the last bit is what differs elsewhere. */
const samples: readonly (readonly [(x: number) => number, number, string])[] = [
  [Math.exp, 7.330382858376183, '4097d7dd1200c8f6'],
  [Math.exp, 16.755160819145566, '41720882fdcfd808'],
  [Math.sin, 100_000, '3fa24daa9c527e96'],
  [Math.cos, 2.5e22, '3fefe422adabc7cc'],
  [Math.tan, 1.5707, '40c446a9e8d1a52f'],
  [Math.log, 1.7320508, '3fe193ea78546b16'],
  [Math.expm1, 0.7, '3ff03854c24d130d'],
  [Math.atan, 3.21, '3ff44cffc6098c8b'],
  [Math.cbrt, 5.5, '3ffc3e27449db536'],
]

function bitsOf(value: number): string {
  const view = new DataView(new ArrayBuffer(8))
  view.setFloat64(0, value)
  return view.getBigUint64(0).toString(16).padStart(16, '0')
}

function obeysStrictness(): boolean {
  // The one way to see whether evaluated text may be strict.
  // oxlint-disable-next-line no-eval
  const evaluate = eval
  return (evaluate('"use strict";(function () { return this === undefined })') as () => boolean)()
}

export function findFeatures(): RealmFeatures {
  return {
    fdlibm: samples.every(([of, x, bits]) => bitsOf(of(x)) === bits),
    useStrict: obeysStrictness(),
    // A canvas without a context that can be read is of no use: see harden.ts.
    offscreenCanvas: false,
    // Found out where it was granted: see gpu.ts.
    webgpu: false,
    adapter: '',
  }
}
