/** The doctor's findings as a table for people. */
import type { Diagnosis, Finding } from './jail/diagnose.ts'

function pad(texts: readonly string[]): number {
  return Math.max(...texts.map((text) => text.length))
}

/** A table, then what to do about each finding that is not good, then what follows. */
export function renderDiagnosis({ findings, follows }: Diagnosis): string {
  const head: Finding = { what: 'layer', state: 'good', here: 'this machine' }
  const states = findings.map(({ state }) => state)
  const whatWidth = pad([head, ...findings].map(({ what }) => what))
  const stateWidth = pad(['state', ...states])
  const row = (what: string, state: string, here: string): string =>
    `${what.padEnd(whatWidth)}  ${state.padEnd(stateWidth)}  ${here}`
  const remedies = findings.flatMap(({ remedy, what }) =>
    remedy === undefined ? [] : [`  ${what}: ${remedy}`],
  )
  return [
    row(head.what, 'state', head.here),
    row('-'.repeat(whatWidth), '-'.repeat(stateWidth), '-'.repeat(head.here.length)),
    ...findings.map(({ here, state, what }) => row(what, state, here)),
    ...(remedies.length === 0 ? [] : ['', 'To make it better:', ...remedies]),
    '',
    follows,
  ].join('\n')
}
