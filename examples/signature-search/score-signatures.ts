// The work function. It is sent as text, so it may use nothing but its parameters, `progress` and
// what every JavaScript engine has. Its helpers are methods of one object: some compilers add
// calls of a helper of their own to nested functions that have a name, which no sandbox knows.

/** How well a set of measurements tells the two diagnoses apart on tumours it was not fitted to. */
export interface Signature {
  /** Positions of the measurements, in ascending order. */
  readonly variables: readonly number[]
  /** Area under the receiver operating characteristic, mean of the folds. */
  readonly auc: number
  /** Mean of sensitivity and specificity, mean of the folds. */
  readonly accuracy: number
}

declare function progress(fraction: number): boolean

/**
 * Scores a few random signatures of three to five measurements, chosen by the number of the slice
 * alone: the same slice gives the same answer wherever and whenever it is computed. The slice of a
 * measurement's own number (from 1) scores that single measurement too, as the baseline.
 *
 * Each score is a cross-validation: a ridge logistic regression is fitted by Newton's method to
 * all folds but one, standardised on these alone, and judged on the one left out.
 */
export function scoreSignatures(
  slice: number,
  measurements: ArrayLike<number>,
  diagnoses: ArrayLike<number>,
  signaturesPerSlice: number,
): Signature[] {
  const folds = 5
  const ridge = 1e-2
  const newtonSteps = 8
  const rows = diagnoses.length
  const width = measurements.length / rows

  const search = {
    /** A small seeded generator (mulberry32); the state is one 32-bit integer. */
    state: Math.imul(slice, 0x9e3779b1) | 0,
    random(): number {
      search.state = (search.state + 0x6d2b79f5) | 0
      let bits = Math.imul(search.state ^ (search.state >>> 15), search.state | 1)
      bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61)
      return ((bits ^ (bits >>> 14)) >>> 0) / 4294967296
    },

    draw(): number[] {
      const size = 3 + Math.floor(search.random() * 3)
      const chosen: number[] = []
      while (chosen.length < size) {
        const variable = Math.floor(search.random() * width)
        if (!chosen.includes(variable)) chosen.push(variable)
      }
      return chosen.sort((a, b) => a - b)
    },

    /** The fold of each row: every fold gets its share of both diagnoses. */
    foldsOfRows(): Uint8Array {
      const fold = new Uint8Array(rows)
      const seen = [0, 0]
      for (let row = 0; row < rows; row++) {
        const diagnosis = diagnoses[row] ?? 0
        const before = seen[diagnosis] ?? 0
        fold[row] = before % folds
        seen[diagnosis] = before + 1
      }
      return fold
    },

    /** One row of the design matrix after another: 1, then the standardised measurements. */
    design(variables: readonly number[], fold: Uint8Array, left: number): Float64Array {
      const columns = variables.length + 1
      const matrix = new Float64Array(rows * columns).fill(1)
      for (let column = 1; column < columns; column++) {
        const variable = variables[column - 1] ?? 0
        let count = 0
        let sum = 0
        let squares = 0
        for (let row = 0; row < rows; row++) {
          if (fold[row] === left) continue
          const value = measurements[row * width + variable] ?? 0
          count += 1
          sum += value
          squares += value * value
        }
        const mean = sum / count
        const deviation = Math.sqrt(Math.max(squares / count - mean * mean, 1e-12))
        for (let row = 0; row < rows; row++) {
          const value = measurements[row * width + variable] ?? 0
          matrix[row * columns + column] = (value - mean) / deviation
        }
      }
      return matrix
    },

    dot(matrix: Float64Array, row: number, weights: Float64Array): number {
      let sum = 0
      for (let column = 0; column < weights.length; column++) {
        sum += (matrix[row * weights.length + column] ?? 0) * (weights[column] ?? 0)
      }
      return sum
    },

    /** Weights of the logistic regression fitted to every fold but `left`. */
    fit(matrix: Float64Array, columns: number, fold: Uint8Array, left: number): Float64Array {
      const weights = new Float64Array(columns)
      for (let step = 0; step < newtonSteps; step++) {
        const gradient = new Float64Array(columns)
        const hessian = new Float64Array(columns * columns)
        for (let row = 0; row < rows; row++) {
          if (fold[row] === left) continue
          const chance = 1 / (1 + Math.exp(-search.dot(matrix, row, weights)))
          const error = chance - (diagnoses[row] ?? 0)
          const weight = chance * (1 - chance)
          for (let i = 0; i < columns; i++) {
            const value = matrix[row * columns + i] ?? 0
            gradient[i] = (gradient[i] ?? 0) + error * value
            for (let j = 0; j <= i; j++) {
              const at = i * columns + j
              hessian[at] = (hessian[at] ?? 0) + weight * value * (matrix[row * columns + j] ?? 0)
            }
          }
        }
        for (let i = 0; i < columns; i++) {
          gradient[i] = (gradient[i] ?? 0) + ridge * (weights[i] ?? 0)
          hessian[i * columns + i] = (hessian[i * columns + i] ?? 0) + ridge
        }
        const change = search.solve(hessian, gradient)
        for (let i = 0; i < columns; i++) weights[i] = (weights[i] ?? 0) - (change[i] ?? 0)
      }
      return weights
    },

    /** Solves a symmetric positive definite system, given its lower half, by Cholesky's method. */
    solve(lower: Float64Array, right: Float64Array): Float64Array {
      const size = right.length
      for (let i = 0; i < size; i++) {
        for (let j = 0; j <= i; j++) {
          let sum = lower[i * size + j] ?? 0
          for (let k = 0; k < j; k++) sum -= (lower[i * size + k] ?? 0) * (lower[j * size + k] ?? 0)
          lower[i * size + j] = i === j ? Math.sqrt(sum) : sum / (lower[j * size + j] ?? 1)
        }
      }
      const solution = Float64Array.from(right)
      for (let i = 0; i < size; i++) {
        let sum = solution[i] ?? 0
        for (let k = 0; k < i; k++) sum -= (lower[i * size + k] ?? 0) * (solution[k] ?? 0)
        solution[i] = sum / (lower[i * size + i] ?? 1)
      }
      for (let i = size - 1; i >= 0; i--) {
        let sum = solution[i] ?? 0
        for (let k = i + 1; k < size; k++) sum -= (lower[k * size + i] ?? 0) * (solution[k] ?? 0)
        solution[i] = sum / (lower[i * size + i] ?? 1)
      }
      return solution
    },

    /** The share of (malignant, benign) pairs in the right order; a tie counts one half. */
    auc(scored: readonly { score: number; malignant: boolean }[]): number {
      const ordered = [...scored].sort((a, b) => a.score - b.score)
      let benign = 0
      let pairs = 0
      for (let first = 0; first < ordered.length;) {
        let last = first
        while (last < ordered.length && ordered[last]?.score === ordered[first]?.score) last += 1
        const tied = ordered.slice(first, last)
        const malignantTied = tied.filter((one) => one.malignant).length
        const benignTied = tied.length - malignantTied
        pairs += malignantTied * (benign + benignTied / 2)
        benign += benignTied
        first = last
      }
      return pairs / (benign * (ordered.length - benign))
    },

    accuracy(scored: readonly { score: number; malignant: boolean }[]): number {
      const malignant = scored.filter((one) => one.malignant)
      const benign = scored.filter((one) => !one.malignant)
      const sensitivity = malignant.filter((one) => one.score > 0).length / malignant.length
      const specificity = benign.filter((one) => one.score <= 0).length / benign.length
      return (sensitivity + specificity) / 2
    },

    score(variables: readonly number[]): Signature {
      const fold = search.foldsOfRows()
      let auc = 0
      let accuracy = 0
      for (let left = 0; left < folds; left++) {
        const matrix = search.design(variables, fold, left)
        const weights = search.fit(matrix, variables.length + 1, fold, left)
        const scored: { score: number; malignant: boolean }[] = []
        for (let row = 0; row < rows; row++) {
          if (fold[row] !== left) continue
          scored.push({ score: search.dot(matrix, row, weights), malignant: diagnoses[row] === 1 })
        }
        auc += search.auc(scored) / folds
        accuracy += search.accuracy(scored) / folds
      }
      // Engines may differ in the last bit of `Math.exp`; six digits are the same everywhere.
      return { variables, auc: search.round(auc), accuracy: search.round(accuracy) }
    },

    round(value: number): number {
      return Math.round(value * 1e6) / 1e6
    },
  }

  const signatures = Array.from({ length: signaturesPerSlice }, () => search.draw())
  if (slice <= width) signatures.unshift([slice - 1])
  return signatures.map((variables, index) => {
    const scored = search.score(variables)
    progress((index + 1) / signatures.length)
    return scored
  })
}
