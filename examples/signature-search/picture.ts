// Draws the answer as one picture: the ten best signatures against the best single measurement,
// and beside it the measurements that the best signatures are made of. Plain SVG, no scripts.
import { signatureNames, type Ranking } from './ranking.ts'
import type { Signature } from './score-signatures.ts'

const width = 1290
const rowHeight = 34
const top = 138
const scaleLeft = 530
const scaleRight = 820
const accuracyRight = 905
const barsLeft = 1090
const barsRight = 1250

const ink = '#1c2733'
const faint = '#66727f'
const grid = '#dfe4e9'
const signatureColour = '#0b6e75'
const baselineColour = '#c2571a'

/** The picture as the text of an SVG file. */
export function drawRanking(ranking: Ranking, names: readonly string[]): string {
  const best = ranking.signatures.slice(0, 10)
  const height = top + (best.length + 1) * rowHeight + 96
  const title = 'Which few measurements tell a malignant tumour from a benign one?'
  const subtitle =
    `${ranking.signatures.length.toLocaleString('en')} random signatures of 3 to 5 of ` +
    `${names.length} measurements, each judged on tumours it was not fitted to (5-fold cross-validation)`
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" ` +
      `height="${height}" font-family="system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif" ` +
      `role="img" aria-label="${title}">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(40, 50, title, { size: 23, weight: 650 }),
    text(40, 77, subtitle, { size: 14, fill: faint }),
    ...rankedSignatures(best, ranking.baseline, names),
    ...mostUsed(ranking, names),
    text(40, height - 24, credit, { size: 11.5, fill: faint }),
    '</svg>',
  ].join('\n')
}

const credit =
  'Data: Breast Cancer Wisconsin (Diagnostic), 569 tumours; Street, Wolberg and Mangasarian 1993, ' +
  'UCI Machine Learning Repository, CC BY 4.0.'

function rankedSignatures(
  best: readonly Signature[],
  baseline: Signature,
  names: readonly string[],
): string[] {
  const rows = [...best, baseline]
  // The scale begins just below the worst, so that the differences can be seen; the marks are
  // dots, not bars, because it does not begin at nothing.
  const low = Math.floor(Math.min(...rows.map((one) => one.auc)) * 100 - 0.6) / 100
  const x = (auc: number): number =>
    scaleLeft + ((auc - low) / (1 - low)) * (scaleRight - scaleLeft)
  const bottom = top + rows.length * rowHeight
  const ticks = Array.from({ length: Math.round((1 - low) * 100) + 1 }, (_, i) => low + i / 100)
  return [
    text(40, top - 16, 'The ten best signatures', { size: 14, weight: 650 }),
    text(scaleLeft, top - 16, 'AUC (1 = always right)', { size: 14, weight: 650 }),
    text(accuracyRight, top - 16, 'Accuracy', { size: 14, weight: 650, anchor: 'end' }),
    ...ticks.flatMap((tick) => [
      line(x(tick), top, x(tick), bottom, grid),
      text(x(tick), bottom + 20, tick.toFixed(2), { size: 12, fill: faint, anchor: 'middle' }),
    ]),
    ...rows.flatMap((signature, index) => {
      const single = signature === baseline
      const colour = single ? baselineColour : signatureColour
      const y = top + (index + 0.5) * rowHeight
      return [
        single ? line(40, y - rowHeight / 2, accuracyRight, y - rowHeight / 2, grid) : '',
        text(58, y + 4.5, single ? '' : `${index + 1}`, { size: 13, fill: faint, anchor: 'end' }),
        signatureLabel(signature, names, y, single),
        line(x(low), y, scaleRight, y, grid),
        `<circle cx="${x(signature.auc).toFixed(1)}" cy="${y}" r="6" fill="${colour}"/>`,
        text(accuracyRight, y + 4.5, `${(signature.accuracy * 100).toFixed(1)} %`, {
          size: 13,
          anchor: 'end',
        }),
        text(x(signature.auc) - 12, y - 6, signature.auc.toFixed(4), {
          size: 12,
          fill: colour,
          anchor: 'end',
        }),
      ]
    }),
  ]
}

/** Up to three measurements on one line, the rest on a second. */
function signatureLabel(
  signature: Signature,
  names: readonly string[],
  y: number,
  single: boolean,
): string {
  if (single) {
    const name = signatureNames(signature, names)
    return text(70, y + 4.5, `best single measurement: ${name}`, { size: 13, fill: baselineColour })
  }
  const words = signature.variables.map((variable) => names[variable] ?? '')
  if (words.length <= 3) return text(70, y + 4.5, words.join(' + '), { size: 13 })
  const first = words.slice(0, 3).join(' + ')
  return (
    text(70, y - 3, `${first} +`, { size: 13 }) +
    text(70, y + 12, words.slice(3).join(' + '), { size: 13 })
  )
}

function mostUsed(ranking: Ranking, names: readonly string[]): string[] {
  const most = ranking.uses
    .map((count, variable) => ({ count, name: names[variable] ?? '' }))
    .sort((a, b) => b.count - a.count)
    .slice(0, 11)
  const longest = most[0]?.count ?? 1
  return [
    text(barsLeft - 140, top - 16, `Used by the best ${ranking.considered}`, {
      size: 14,
      weight: 650,
    }),
    ...most.flatMap(({ count, name }, index) => {
      const y = top + (index + 0.5) * rowHeight
      const length = (count / longest) * (barsRight - barsLeft)
      return [
        text(barsLeft - 10, y + 4.5, name, { size: 12, anchor: 'end' }),
        `<rect x="${barsLeft}" y="${y - 9}" width="${length.toFixed(1)}" height="18" rx="2" ` +
          `fill="${signatureColour}" fill-opacity="0.28"/>`,
        text(barsLeft + 7, y + 4.5, `${count}`, { size: 12 }),
      ]
    }),
  ]
}

interface TextStyle {
  readonly size: number
  readonly weight?: number
  readonly fill?: string
  readonly anchor?: 'start' | 'middle' | 'end'
}

function text(x: number, y: number, content: string, style: TextStyle): string {
  const { size, weight = 400, fill = ink, anchor = 'start' } = style
  return (
    `<text x="${x.toFixed(1)}" y="${y}" font-size="${size}" font-weight="${weight}" ` +
    `fill="${fill}" text-anchor="${anchor}">${content}</text>`
  )
}

function line(x1: number, y1: number, x2: number, y2: number, colour: string, width = 1): string {
  return (
    `<line x1="${x1.toFixed(1)}" y1="${y1}" x2="${x2.toFixed(1)}" y2="${y2}" ` +
    `stroke="${colour}" stroke-width="${width}"/>`
  )
}
