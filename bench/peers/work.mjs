// The work every system does, as the same functions for all of them. They are sent as text by
// some systems, so each uses nothing but its parameters.

/** @type {import('./work.mjs').Work} */
export const work = {
  increment: (x) => x + 1,

  /** The same for official workers, which give a slice up that ends without calling `progress`. */
  report: (x) => {
    globalThis.progress()
    return x + 1
  },

  /** A dependent chain of integer steps: its time is a matter of the processor alone. */
  spin: (x, iterations) => {
    let state = 1
    for (let i = 0; i < iterations; i++) state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state + x) | 0
  },

  length: (text) => text.length,

  string: (x, size) => String.fromCharCode(97 + (x % 26)).repeat(size),

  bytes: (x, size) => {
    const bytes = new Uint8Array(size)
    for (let i = 0; i < size; i++) bytes[i] = x + i * 197
    return bytes
  },
}

/** The inputs of a run: the numbers from 1, or as many texts of `size` characters. */
export function inputsOf({ work: name, count, size }) {
  if (name !== 'length') return Array.from({ length: count }, (_, index) => index + 1)
  return Array.from({ length: count }, (_, index) => 'abcdefgh'[index % 8].repeat(size + index))
}

/**
 * How many results are wrong or absent; every slice must be there once with the right value.
 * `results` holds them at the position of their input.
 */
export function countWrong({ work: name, count, size }, results) {
  const spun = name === 'spin' ? work.spin(0, size) : 0
  const right = {
    increment: (value, x) => value === x + 1,
    report: (value, x) => value === x + 1,
    spin: (value, x) => value === ((spun + x) | 0),
    length: (value, x) => value === size + x - 1,
    string: (value, x) => value === work.string(x, size),
    bytes: (value, x) =>
      value instanceof Uint8Array && Buffer.compare(value, work.bytes(x, size)) === 0,
  }[name]
  let wrong = Math.max(0, results.length - count)
  for (let x = 1; x <= count; x++) if (!right(results[x - 1], x)) wrong += 1
  return wrong
}
