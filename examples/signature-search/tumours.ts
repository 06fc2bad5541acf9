// Reads the data set: 569 tumours, 30 measurements of each, and the diagnosis.
import { readFile } from 'node:fs/promises'

/** The data set in the form the work function takes: two flat arrays of numbers. */
export interface Tumours {
  /** The name of each measurement, such as `worst radius`. */
  readonly names: readonly string[]
  /** All measurements of the first tumour, then all of the second, and so on. */
  readonly measurements: Float64Array
  /** 1: malignant, 0: benign. */
  readonly diagnoses: Uint8Array
}

const features = [
  'radius',
  'texture',
  'perimeter',
  'area',
  'smoothness',
  'compactness',
  'concavity',
  'concave points',
  'symmetry',
  'fractal dimension',
]

const names = ['mean', 'error of', 'worst'].flatMap((statistic) =>
  features.map((feature) => `${statistic} ${feature}`),
)

/** Reads `data/wdbc.csv`; throws an error naming the line when the file is not what it should be. */
export async function readTumours(): Promise<Tumours> {
  const text = await readFile(new URL('data/wdbc.csv', import.meta.url), 'utf8')
  const [header = '', ...lines] = text.trim().split('\n')
  const [count, width] = header.split(',').map(Number)
  if (count !== lines.length || width !== names.length) {
    throw new Error(`wdbc.csv, line 1: ${lines.length} rows of ${names.length} values expected`)
  }
  const measurements = new Float64Array(lines.length * names.length)
  const diagnoses = new Uint8Array(lines.length)
  for (const [row, line] of lines.entries()) {
    const values = line.split(',').map(Number)
    if (values.length !== names.length + 1 || values.some(Number.isNaN)) {
      throw new Error(`wdbc.csv, line ${row + 2}: ${names.length + 1} numbers expected`)
    }
    measurements.set(values.slice(0, names.length), row * names.length)
    diagnoses[row] = values[names.length] === 0 ? 1 : 0
  }
  return { names, measurements, diagnoses }
}
