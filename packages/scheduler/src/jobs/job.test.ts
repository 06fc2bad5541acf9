import { jobStates } from '@manyhands/protocol'
import type { JobState } from '@manyhands/protocol'
import { describe, expect, it } from 'vitest'
import { isLive, isMeasured, isRunnable, nextState, startEvent } from './job.ts'
import type { JobEvent } from './job.ts'

const events = [
  'estimate',
  'start',
  'measured',
  'pause',
  'resume',
  'complete',
  'cancel',
  'corrupt',
] as const satisfies readonly JobEvent[]

/** Every cell, written out: state by event, `-` where the event cannot happen. */
const table: Readonly<Record<JobState, string>> = {
  //          estimate   start   measured pause  resume  complete cancel    corrupt
  new: '      estimation running -        -      -       finished cancelled corrupted',
  estimation: '-         -       running  paused -       finished cancelled corrupted',
  running: '  -          -       -        paused -       finished cancelled corrupted',
  paused: '   -          -       -        -      running finished cancelled corrupted',
  finished: ' -          -       -        -      -       -        -         -',
  cancelled: '-          -       -        -      -       -        -         -',
  corrupted: '-          -       -        -      -       -        -         -',
}

describe('the states of a job', () => {
  const cells = jobStates.flatMap((state) => {
    const row = table[state].trim().split(/\s+/)
    return events.map((event, i) => [state, event, row[i] === '-' ? undefined : row[i]] as const)
  })
  it.each(cells)('%s, %s: %s', (state, event, after) => {
    expect(nextState(state, event)).toBe(after)
  })

  it('are live, and among them runnable, as the table says', () => {
    expect(jobStates.filter(isLive)).toEqual(['new', 'estimation', 'running', 'paused'])
    expect(jobStates.filter(isRunnable)).toEqual(['estimation', 'running'])
  })
})

describe('a new job', () => {
  const job = { inGroup: true, localExec: false, total: 1, estimationSlices: 3 }
  const cases = [
    ['is estimated', job, 'estimate'],
    ['starts when nobody wants an estimation', { ...job, estimationSlices: 0 }, 'start'],
    ['is estimated for ever when asked to', { ...job, estimationSlices: null }, 'estimate'],
    ['waits for a group', { ...job, inGroup: false }, undefined],
    ['waits for a slice', { ...job, total: 0 }, undefined],
    ['needs no group when it is local', { ...job, inGroup: false, localExec: true }, 'estimate'],
  ] as const
  it.each(cases)('%s', (_, given, event) => {
    expect(startEvent(given)).toBe(event)
  })
})

describe('an estimation', () => {
  const job = { computed: 3, total: 10, closed: true, estimationSlices: 3 }
  const cases = [
    ['ends with the last slice wanted', job, true],
    ['goes on before it', { ...job, computed: 2 }, false],
    ['never ends when it is wanted for ever', { ...job, estimationSlices: null }, false],
    ['ends early with a small job', { ...job, computed: 2, total: 2 }, true],
    ['of an open job waits for more', { ...job, computed: 2, total: 2, closed: false }, false],
  ] as const
  it.each(cases)('%s', (_, given, measured) => {
    expect(isMeasured(given)).toBe(measured)
  })
})
