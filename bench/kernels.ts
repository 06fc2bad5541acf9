// Compute kernels whose speed in a sandbox is compared with plain Node. Sent as text: each uses
// nothing but its parameter.

/** Dependent integer steps. */
export function integerKernel(iterations: number): number {
  let state = 1
  for (let i = 0; i < iterations; i++) state = (Math.imul(state, 1664525) + 1013904223) | 0
  return state
}

/** The product of two matrices of floating-point numbers. */
export function matrixKernel(size: number): number {
  const left = new Float64Array(size * size).map((_, index) => (index % 7) / 7)
  const right = new Float64Array(size * size).map((_, index) => (index % 11) / 11)
  const product = new Float64Array(size * size)
  for (let row = 0; row < size; row++) {
    for (let k = 0; k < size; k++) {
      const factor = left[row * size + k] ?? 0
      for (let column = 0; column < size; column++) {
        const at = row * size + column
        product[at] = (product[at] ?? 0) + factor * (right[k * size + column] ?? 0)
      }
    }
  }
  return product.reduce((sum, one) => sum + one, 0)
}

/** Objects and strings: many small allocations. */
export function allocationKernel(count: number): number {
  const words = new Map<string, { count: number }>()
  for (let i = 0; i < count; i++) {
    const word = `word ${(i * 7919) % 5000}`
    const entry = words.get(word) ?? { count: 0 }
    words.set(word, { count: entry.count + 1 })
  }
  return words.size
}
