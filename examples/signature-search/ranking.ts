// From the results of all slices to an order: which signatures tell the diagnoses apart best.
import type { Signature } from './score-signatures.ts'

/** What the search found. */
export interface Ranking {
  /** Every signature of several measurements, once, the best first. */
  readonly signatures: readonly Signature[]
  /** The best single measurement: what a signature has to beat. */
  readonly baseline: Signature
  /** How many of the best `considered` signatures use each measurement, by position. */
  readonly uses: readonly number[]
  readonly considered: number
}

/** Puts what the slices returned into one order; ties go to the smaller, then the earlier signature. */
export function rankSignatures(results: Iterable<readonly Signature[]>, width: number): Ranking {
  const found = new Map<string, Signature>()
  for (const signature of [...results].flat()) found.set(signature.variables.join(), signature)
  const ordered = [...found.values()].sort(compareSignatures)
  const signatures = ordered.filter((one) => one.variables.length > 1)
  const baseline = ordered.find((one) => one.variables.length === 1)
  if (baseline === undefined || signatures.length === 0) throw new Error('no signature was scored')
  const considered = Math.min(100, signatures.length)
  const uses = Array.from({ length: width }, () => 0)
  for (const { variables } of signatures.slice(0, considered)) {
    for (const variable of variables) uses[variable] = (uses[variable] ?? 0) + 1
  }
  return { signatures, baseline, uses, considered }
}

function compareSignatures(a: Signature, b: Signature): number {
  return (
    b.auc - a.auc ||
    b.accuracy - a.accuracy ||
    a.variables.length - b.variables.length ||
    (a.variables.join() < b.variables.join() ? -1 : 1)
  )
}

/** The names of a signature's measurements, in one line. */
export function signatureNames(signature: Signature, names: readonly string[]): string {
  return signature.variables.map((variable) => names[variable] ?? '').join(' + ')
}

/** The ten best signatures and the baseline, as a table of text. */
export function rankingTable(ranking: Ranking, names: readonly string[]): string {
  const rows = ranking.signatures
    .slice(0, 10)
    .map((signature, index) => tableRow(`${index + 1}`, signature, names))
  return [
    'rank     AUC  accuracy  signature',
    '----  ------  --------  ---------',
    ...rows,
    tableRow('-', ranking.baseline, names) + '  (best single measurement)',
  ].join('\n')
}

function tableRow(rank: string, signature: Signature, names: readonly string[]): string {
  const auc = signature.auc.toFixed(4)
  const accuracy = `${(signature.accuracy * 100).toFixed(1)} %`
  return `${rank.padStart(4)}  ${auc}  ${accuracy.padStart(8)}  ${signatureNames(signature, names)}`
}

/** Every signature, the best first, as comma-separated values with a header line. */
export function rankingCsv(ranking: Ranking, names: readonly string[]): string {
  const lines = [...ranking.signatures, ranking.baseline].map(
    (signature) => `${signature.auc},${signature.accuracy},${signatureNames(signature, names)}`,
  )
  return ['auc,balanced accuracy,measurements', ...lines].join('\n') + '\n'
}
